/** Runs the user's own npm, in a folder that is thrown away, without install scripts and within a deadline. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../diagnostics/failure.js';

export const NPM_SECONDS = 180;
const KEPT_CHARACTERS = 16_384;

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
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws Failure `package_install_failed` when npm is not there or does not end in time. */
export function npm(folder: string, args: string[], seconds: number = NPM_SECONDS): Promise<NpmResult> {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', [...args, ...quiet], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-KEPT_CHARACTERS)));
    const stop = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.on('error', (error) => {
      clearTimeout(stop);
      reject(asFailure(`npm cannot be started: ${error.message}`, 'Install npm, or put it on PATH.'));
    });
    child.on('close', (code, signal) => {
      clearTimeout(stop);
      if (signal === null) return resolve({ code, stdout, stderr });
      reject(
        asFailure(
          `npm did not end within ${seconds} s.`,
          'Check the connection to the package registry and run it again.',
        ),
      );
    });
  });
}

function asFailure(detail: string, fix: string): unknown {
  try {
    return fail('package_install_failed', detail, fix);
  } catch (failure) {
    return failure;
  }
}

/** npm's own words, without its decoration and its log file's path. */
export function wordsOf(result: NpmResult): string {
  const lines = result.stderr
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)( code \S+)?\s?/, '').trim())
    .filter((line) => line !== '' && !/^npm warn|complete log of this run|^A complete log/i.test(line));
  return lines.slice(0, 6).join('; ') || `it ended with code ${result.code}`;
}

export function errorCode(result: NpmResult): string | null {
  return /npm (?:error|ERR!) code (\S+)/.exec(result.stderr)?.[1] ?? null;
}
