/** Runs the user's own npm, with its registry and credentials, and within a deadline. */
import { Failure, problem } from '../diagnostics/failure.js';
import { runProgram } from './run-program.js';
import type { ProgramResult } from './run-program.js';

export const RESOLVE_SECONDS = 120;
export const INSTALL_SECONDS = 300;
/** Whatever the user's configuration says: both decide what comes out. */
const FIXED = [
  '--package-lock=true',
  '--global=false',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--loglevel=error',
];

export type NpmResult = ProgramResult;

/** @throws Failure `package_install_failed` when npm is not there or does not end in time. */
export function npm(folder: string, args: string[], seconds: number): Promise<NpmResult> {
  const [command = '', ...rest] = args;
  return runProgram(
    'npm',
    [command, ...FIXED, ...rest],
    { folder, seconds },
    {
      late: () =>
        refusal(
          `npm ${command} did not end within ${seconds} s.`,
          'Check the way to the package registry (`npm ping`) and run it again.',
        ),
      missing: (error) => refusal(`npm cannot be started: ${error.message}`, 'Install npm, or put it on PATH.'),
    },
  );
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
