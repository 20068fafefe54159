/** Runs the user's own pip, with its index and credentials, and within a deadline. */
import { Failure, problem } from '../diagnostics/failure.js';
import { isAtLeast } from './host-python.js';
import type { HostPython } from './host-python.js';
import { runProgram } from './run-program.js';
import type { ProgramResult } from './run-program.js';

export const RESOLVE_SECONDS = 180;
export const INSTALL_SECONDS = 300;
/** The first with `--report`. */
const OLDEST_PIP = [22, 2];

/** Whatever the user's configuration says: these decide what comes out, or that it comes out at all. */
const FIXED = [
  '--no-input',
  '--disable-pip-version-check',
  '--only-binary=:all:',
  '--no-warn-script-location',
  '--no-compile',
  '--no-color',
  '--progress-bar=off',
  '--no-user',
  '--root-user-action=ignore',
  '--quiet',
];

/** @throws Failure `package_install_failed` when there is no pip that would do, or it does not end in time. */
export async function pip(
  python: HostPython,
  folder: string,
  args: readonly string[],
  seconds: number,
  /** Values that environment markers see instead of this machine's own. */
  markers: Readonly<Record<string, string>> | null,
): Promise<ProgramResult> {
  if (python.pip === null || !isAtLeast(python.pip, OLDEST_PIP)) {
    const found = python.pip === null ? 'has no pip' : `has pip ${python.pip}`;
    throw refusal(
      `The Python at ${python.path} ${found}; pip ${OLDEST_PIP.join('.')} or later chooses and installs the packages.`,
      'Install it (`python3 -m ensurepip --upgrade`, or your system’s python3-pip), or put another Python first on PATH.',
    );
  }
  const start = markers ? ['-c', ELSEWHERE, JSON.stringify(markers)] : ['-m', 'pip'];
  return runProgram(
    'python3',
    [...start, 'install', ...FIXED, ...args],
    { folder, seconds },
    {
      late: () =>
        refusal(`pip did not end within ${seconds} s.`, 'Check the way to the package index, and run it again.'),
      missing: (error) => refusal(`\`python3\` cannot be started: ${error.message}`, 'Put Python 3 on PATH.'),
    },
  );
}

/**
 * pip takes wheels for another platform, but evaluates environment markers (`; sys_platform == "win32"`) for the one it
 * runs on (pip's documentation, *pip install*, `--platform`), and so would choose other dependencies.
 */
const ELSEWHERE = `
import json, runpy, sys
from pip._vendor.packaging import markers
own = markers.default_environment()
own.update(json.loads(sys.argv.pop(1)))
markers.default_environment = lambda: dict(own)
sys.argv[0] = 'pip'
runpy.run_module('pip', run_name='__main__', alter_sys=True)
`;

function refusal(detail: string, fix: string): Failure {
  return new Failure([problem('package_install_failed', detail, fix)]);
}

/** pip's own words, without its decoration. */
export function wordsOf(result: ProgramResult): string {
  const lines = result.stderr
    .split('\n')
    .filter((line) => !/^(WARNING|DEPRECATION|\[notice\])|^\s*$/.test(line))
    .map((line) => line.replace(/^ERROR: /, '').trim());
  return lines.slice(-6).join('; ').slice(0, 2000) || `it ended with code ${result.code}`;
}
