/** Runs the user's own npm, with its registry and credentials, in a folder that is thrown away, and within a deadline. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, problem } from '../diagnostics/failure.js';

export const RESOLVE_SECONDS = 120;
export const INSTALL_SECONDS = 300;
const KEPT_CHARACTERS = 16_384;
const MAX_OUTPUT = 4 * 1024 * 1024;
/** Whatever the user's configuration says: both decide what comes out. */
const FIXED = [
  '--package-lock=true',
  '--global=false',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--loglevel=error',
];

export interface NpmResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export async function inThrowawayFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'toolcrib-npm-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @throws Failure `package_install_failed` when npm is not there or does not end in time. */
export function npm(folder: string, args: string[], seconds: number): Promise<NpmResult> {
  return new Promise((resolve, reject) => {
    const [command = '', ...rest] = args;
    const child = spawn('npm', [command, ...FIXED, ...rest], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (stdout.length < MAX_OUTPUT) stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-KEPT_CHARACTERS)));
    const late = setTimeout(() => {
      end(child);
      reject(
        refusal(
          `npm ${command} did not end within ${seconds} s.`,
          'Check the way to the package registry (`npm ping`) and run it again.',
        ),
      );
    }, seconds * 1000);
    child.on('error', (error) => {
      clearTimeout(late);
      reject(refusal(`npm cannot be started: ${error.message}`, 'Install npm, or put it on PATH.'));
    });
    child.on('close', (code) => {
      clearTimeout(late);
      resolve({ code, stdout, stderr });
    });
  });
}

/** npm passes SIGTERM on to the scripts it runs; what ignores it is not waited for. */
function end(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 2_000).unref();
}

function refusal(detail: string, fix: string): Failure {
  return new Failure([problem('package_install_failed', detail, fix)]);
}

/** npm's own words, without its decoration and its log file's path. */
export function wordsOf(result: NpmResult): string {
  const lines = result.stderr
    .split('\n')
    .filter((line) => !/^npm (warn|WARN)|complete log of this run/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!)( code)?( [A-Z][A-Z0-9]+$)?\s?/, '').trim())
    .filter((line) => line !== '');
  return lines.slice(0, 6).join('; ') || `it ended with code ${result.code}`;
}

export function errorCode(result: NpmResult): string | null {
  return /npm (?:error|ERR!) code (\S+)/.exec(result.stderr)?.[1] ?? null;
}

/** Which package npm did not find: often one that another depends on. */
export function missingPackage(result: NpmResult): string | null {
  const found =
    /No (?:matching version|versions available|valid versions available) (?:found )?for ((?:@[^/\s]+\/)?[^@\s]+)/.exec(
      result.stderr,
    );
  const named = /(?:resource|404) +'((?:@[^/\s]+\/)?[^@\s']+)@/.exec(result.stderr);
  return (found ?? named)?.[1] ?? null;
}
