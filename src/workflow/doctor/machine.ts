/** What the machine that runs the command line lacks for this project. Starts programs only to ask their version. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Config } from '../../config/config.js';
import { Failure } from '../../diagnostics/failure.js';
import { hostPython } from '../../sources/host-python.js';
import type { Context } from '../context.js';
import { failed, ok, warn } from './finding.js';
import type { Found } from './finding.js';

const ASK_MS = 20_000;

/** @param platform of the engine; null: it does not answer. @param endpoint how it is reached. */
export async function machineFindings(
  context: Context,
  config: Config | null,
  platform: string | null,
  endpoint: string | null,
): Promise<Found[]> {
  const needs = new Set(config?.servers.map((server) => server.source.type) ?? []);
  const { node } = context;
  return [
    ok('node', `${node.version} at ${node.path}`),
    await npmFinding(needs.has('npm')),
    ...(await pythonFindings(needs.has('pypi'), config)),
    ...(endpoint?.startsWith('ssh://') ? [await sshFinding(endpoint)] : []),
    ...runtimeFindings(context, config, platform),
  ];
}

async function npmFinding(needed: boolean): Promise<Found> {
  const version = await said('npm', ['--version']);
  if (version !== null) return ok('npm', version);
  const fix = 'Install npm, or put it on PATH.';
  return needed
    ? failed('npm', 'there is none, and `npm:` servers are locked and installed with it', fix)
    : ok('npm', 'there is none; no server needs it');
}

async function pythonFindings(needed: boolean, config: Config | null): Promise<Found[]> {
  const declared = needed || config?.project.runtimes.python?.type === 'host';
  if (!declared) return [];
  try {
    const { version, path, pip } = await hostPython();
    const found = ok('python', `${version} at ${path}`);
    if (!needed) return [found];
    return [
      found,
      pip === null
        ? failed(
            'pip',
            `the Python at ${path} has none, and \`pypi:\` servers are locked and installed with it`,
            'Run `python3 -m ensurepip --upgrade`, or install your system’s python3-pip.',
          )
        : ok('pip', pip),
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.diagnostics.map(({ detail, fix }) => failed('python', detail, fix));
  }
}

async function sshFinding(endpoint: string): Promise<Found> {
  const version = await said('ssh', ['-V']);
  return version === null
    ? failed(
        'ssh',
        `there is none, and the engine is reached by ${endpoint}`,
        'Install an OpenSSH client, or put it on PATH.',
      )
    : ok('ssh', version);
}

/** A runtime made from this machine fits an engine of the same platform only. */
function runtimeFindings({ node }: Context, config: Config | null, platform: string | null): Found[] {
  const own = Object.entries(config?.project.runtimes ?? {}).filter(([, runtime]) => runtime?.type === 'host');
  if (platform === null || own.length === 0) return [];
  if (node.platform === platform)
    return [ok('platform', `${platform}, like the engine: its runtimes can be made from here`)];
  const names = own.map(([kind]) => kind).join(', ');
  return [
    warn(
      'platform',
      `this machine is ${node.platform}, the engine ${platform}: the host runtimes (${names}) cannot be made from here; what is on the engine already works`,
      'Lock and build from a machine like the engine, or name images: `runtimes: {node: {image: "node:22-slim"}}`.',
    ),
  ];
}

/** Its first line; null: there is no such program, or it does not answer. */
async function said(program: string, args: string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { timeout: ASK_MS });
    return (stdout || stderr).trim().split('\n')[0] ?? '';
  } catch {
    return null;
  }
}
