/** Runs the official suite, @modelcontextprotocol/conformance, and reads what it says. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Check {
  id: string;
  status: string;
  errorMessage?: string;
}

export interface Verdict {
  passed: string[];
  /** Scenario → its checks that did not pass, in the suite's words: FAILURE, and WARNING (a SHOULD). */
  failed: Record<string, string[]>;
  output: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const SUITE = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const LOADER = join(root, 'test/conformance/fs-glob.mjs');

/** Scenarios of a role that a revision requires. */
export async function required(revision: string, role: 'server' | 'client'): Promise<string[]> {
  const { output } = await run(['list', '--requirements', revision]);
  const heading = role === 'server' ? 'Server scenarios' : 'Client scenarios';
  const lines = output.split('\n');
  const from = lines.findIndex((line) => line.startsWith(heading));
  const names: string[] = [];
  for (const line of lines.slice(from + 1)) {
    const name = /^ {2}- (\S+)$/.exec(line)?.[1];
    if (name === undefined) break;
    names.push(name);
  }
  return names;
}

/** @param args after the role, without where to write. */
export async function judge(role: 'server' | 'client', args: string[], scenarios: string[]): Promise<Verdict> {
  const dir = mkdtempSync(join(tmpdir(), 'toolcrib-conformance-'));
  try {
    const { output } = await run([role, ...args, '-o', dir]);
    const verdict: Verdict = { passed: [], failed: {}, output };
    for (const scenario of scenarios) {
      const checks = checksOf(dir, scenario);
      const bad = checks?.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
      if (bad?.length === 0) verdict.passed.push(scenario);
      else verdict.failed[scenario] = bad?.map(inWords) ?? ['not run'];
    }
    return verdict;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Results lie in `server-SCENARIO-TIME/checks.json`, a slash in the name being a folder. */
function checksOf(dir: string, scenario: string): Check[] | null {
  const parts = scenario.split('/');
  const last = parts.pop() ?? '';
  const folder = join(dir, ...parts);
  const fits = (name: string): boolean => new RegExp(`^(?:server-|client-)?${last}-\\d{4}-\\d\\d-\\d\\dT`).test(name);
  const found = readFolder(folder).find(fits);
  return found === undefined ? null : (JSON.parse(readFileSync(join(folder, found, 'checks.json'), 'utf8')) as Check[]);
}

function inWords({ id, status, errorMessage }: Check): string {
  return `${status} ${id}: ${errorMessage ?? ''}`;
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function run(args: string[]): Promise<{ output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', LOADER, SUITE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', () => resolve({ output }));
  });
}
