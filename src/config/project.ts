/** The `project:` block → ProjectConfig. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { isLoopbackAddress } from '../model/loopback.js';
import { readAuthority } from './authority.js';
import type { Pointer, ProjectConfig, RuntimeConfig } from './config.js';
import type { DeclaredFile, Problems } from './declared-file.js';
import { checkEnvironments, inEnvironment, namesElsewhere } from './environment.js';
import { checkExposure } from './exposure.js';
import { DEFAULT_LISTEN, parseListen } from './listen.js';
import type { Project, Runtime } from './schema-types.js';

const DEFAULT_NODE = 'node:22-slim';
export const DEFAULT_PYTHON = 'python:3.13-slim';
const DEFAULT_POOL = '10.89.0.0/16';
/** Not declarable yet. */
const PROXY_MEMORY = 256 * 1024 * 1024;

export interface ProjectContext {
  /** Of this toolcrib. */
  version: string;
  /** The chosen one; it is declared, or an error has been reported. */
  environment: string | null;
  /** Names of the variables of all files; null: not all could be read. */
  variables: ReadonlySet<string> | null;
  problems: Problems;
}

/**
 * @returns null where the schema does not hold; what can be checked all the same, is.
 */
export async function readProject(
  file: DeclaredFile,
  { version, environment, variables, problems }: ProjectContext,
): Promise<ProjectConfig | null> {
  const declared: unknown = file.shape.value.project;
  if (typeof declared !== 'object' || declared === null) return null;
  const sound = (...path: string[]): boolean => file.shape.sound(['project', ...path]);
  const written = declared as Project;
  const project = sound() ? inEnvironment(written, environment) : { ...written, chosen: { context: null, host: null } };
  const at = (...path: (string | number)[]): { file: string; path: (string | number)[] } => ({
    file: file.name,
    path: ['project', ...path],
  });
  const own = parseListen((sound('proxy', 'listen') ? written.proxy?.listen : undefined) ?? DEFAULT_LISTEN);
  if ('problem' in own) problems.error('wrong_type', own.problem, own.fix, at('proxy', 'listen'));
  const pool = (sound('network_pool') ? project.network_pool : undefined) ?? DEFAULT_POOL;
  const unfit = poolProblem(pool);
  if (unfit)
    problems.error('wrong_type', `\`${pool}\` ${unfit}`, `Write for example \`${DEFAULT_POOL}\`.`, at('network_pool'));
  if (sound('required_version'))
    await checkVersion(project.required_version, version, (code, detail, fix) =>
      problems.error(code, detail, fix, at('required_version')),
    );
  checkEnvironments(file, written, variables, problems);
  checkPrevious(file, project, problems);
  const ownAdmin =
    sound('proxy', 'admin') && written.proxy?.admin !== undefined ? parseListen(written.proxy.admin) : null;
  if (ownAdmin && 'problem' in ownAdmin)
    problems.error('wrong_type', ownAdmin.problem, ownAdmin.fix, at('proxy', 'admin'));
  checkExposure(file, written, problems);
  if (sound('telemetry')) checkTelemetry(project.telemetry, problems, (key) => at('telemetry', key));
  const ca =
    sound('telemetry') && project.telemetry?.ca !== undefined
      ? await readAuthority(project.telemetry.ca, { at: at('telemetry', 'ca'), problems, folder: file.folder })
      : null;
  if (!sound()) return null;
  const listen = parseListen(project.proxy?.listen ?? DEFAULT_LISTEN);
  const admin = project.proxy?.admin === undefined ? null : parseListen(project.proxy.admin);
  return {
    name: project.name,
    environment,
    previously: project.previously ?? [],
    environments: Object.keys(written.environments ?? {}),
    elsewhere: namesElsewhere(written, project.name),
    id: project.id,
    requiredVersion: project.required_version ?? null,
    proxy: {
      host: 'problem' in listen ? '' : listen.host,
      port: 'problem' in listen ? 0 : listen.port,
      publicUrl: project.proxy?.public_url?.replace(/\/$/, '') ?? null,
      allowedHosts: project.proxy?.allowed_hosts ?? [],
      allowedOrigins: project.proxy?.allowed_origins ?? [],
      admin: admin && 'host' in admin ? admin : null,
      tls: tlsOf(file, project.proxy, written, environment),
      insecure: project.proxy?.insecure ?? false,
      memory: PROXY_MEMORY,
    },
    runtimes: {
      node: runtime(project.runtimes?.node, DEFAULT_NODE),
      python: project.runtimes?.python ? runtime(project.runtimes.python, DEFAULT_PYTHON) : null,
    },
    telemetry: project.telemetry ? telemetryOf(project.telemetry, ca) : null,
    logLevel: project.log_level ?? 'info',
    audit: { durability: project.audit?.durability ?? 'process' },
    mountRoots: (project.mount_roots ?? []).map((folder) => resolve(file.folder, folder)),
    networkPool: pool,
    engine: project.chosen,
    engineSocket: project.engine?.socket ?? null,
    at: at(),
  };
}

function telemetryOf({ endpoint, sample = 1 }: NonNullable<Project['telemetry']>, ca: string | null) {
  return { endpoint, sample, ...(ca !== null && { ca }) };
}

function checkTelemetry(
  telemetry: Project['telemetry'],
  problems: Problems,
  at: (key: 'endpoint' | 'ca') => Pointer,
): void {
  if (!telemetry) return;
  const { endpoint, ca } = telemetry;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const why = !url
    ? 'is no URL'
    : url.username !== '' || url.password !== ''
      ? 'holds a name or password, which would stand in git'
      : url.search !== '' || url.hash !== ''
        ? 'has a query or a fragment'
        : null;
  if (why !== null) {
    const fix = 'Write for example `http://10.0.0.5:4318`.';
    problems.error('wrong_type', `\`${endpoint.replace(/\/\/[^/@]*@/, '//…@')}\` ${why}.`, fix, at('endpoint'));
  } else if (url && (url.hostname === 'localhost' || url.hostname === '[::1]' || isLoopbackAddress(url.hostname)))
    problems.warn(
      'telemetry_endpoint',
      `\`${url.hostname}\` is the proxy’s own container, where no collector runs.`,
      'Name an address of the engine’s host that the collector listens on, or another machine.',
      at('endpoint'),
    );
  if (ca !== undefined && url?.protocol === 'http:')
    problems.error(
      'wrong_type',
      'An http:// collector shows no certificate that an authority could have signed.',
      'Write https:// in `endpoint`, or remove `ca`.',
      at('ca'),
      'key',
    );
}

function tlsOf(
  file: DeclaredFile,
  proxy: Project['proxy'],
  written: Project,
  environment: string | null,
): ProjectConfig['proxy']['tls'] {
  if (!proxy?.tls) return null;
  const { cert, key } = proxy.tls;
  const own = environment !== null && written.environments?.[environment]?.proxy?.tls !== undefined;
  const path = own ? ['project', 'environments', environment, 'proxy', 'tls'] : ['project', 'proxy', 'tls'];
  return { cert: resolve(file.folder, cert), key: resolve(file.folder, key), at: { file: file.name, path } };
}

/** A name that the project still has somewhere cannot be one that it had. */
function checkPrevious(file: DeclaredFile, project: Project, problems: Problems): void {
  if (!file.shape.sound(['project'])) return;
  const present = [project.name, ...namesElsewhere(project, project.name)];
  for (const [index, name] of (project.previously ?? []).entries()) {
    if (!present.includes(name)) continue;
    problems.error(
      'duplicate_name',
      `The project is called \`${name}\` now; \`previously\` lists names that it no longer has.`,
      'Remove it here.',
      { file: file.name, path: ['project', 'previously', index] },
    );
  }
}

function runtime(declared: Runtime | undefined, fallback: string): RuntimeConfig {
  return declared?.host ? { type: 'host', reference: null } : { type: 'image', reference: declared?.image ?? fallback };
}

/** null: usable. */
function poolProblem(pool: string): string | null {
  const [address = '', bits = ''] = pool.split('/');
  const length = Number(bits);
  if (isIP(address) !== 4) return 'does not begin with an IPv4 address.';
  if (length < 8 || length > 28) return 'must be a range between /8 and /28.';
  const number = address.split('.').reduce((so, part) => so * 256 + Number(part), 0);
  if (number % 2 ** (32 - length) !== 0) return `does not begin where a range of /${length} begins.`;
  return isPrivate(number, length)
    ? null
    : 'is not private: what is elsewhere under these addresses could not be reached.';
}

/** RFC 1918, and RFC 6598, which some networks have left over for this. */
const PRIVATE = [
  [0x0a000000, 8],
  [0xac100000, 12],
  [0xc0a80000, 16],
  [0x64400000, 10],
] as const;

function isPrivate(first: number, length: number): boolean {
  return PRIVATE.some(
    ([range, bits]) => length >= bits && Math.floor(first / 2 ** (32 - bits)) === range / 2 ** (32 - bits),
  );
}

type Report = (code: 'wrong_type' | 'required_version', detail: string, fix: string) => void;

async function checkVersion(required: string | undefined, version: string, report: Report): Promise<void> {
  if (required === undefined) return;
  const { isInRange, isVersionRange } = await import('./version-range.js');
  if (!isVersionRange(required)) {
    report('wrong_type', `\`${required}\` is not a range of versions.`, 'Write it as npm does, for example `^1.0`.');
  } else if (!isInRange(version, required)) {
    report(
      'required_version',
      `This project asks for toolcrib ${required}, and this is ${version}.`,
      `Install a toolcrib that fits, or change \`required_version\`.`,
    );
  }
}
