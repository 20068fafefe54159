/** Runs the built program, as a user would. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Another build can be tested with TOOLCRIB_TEST_PROGRAM. */
export const PROGRAM =
  process.env.TOOLCRIB_TEST_PROGRAM ?? fileURLToPath(new URL('../../dist/toolcrib.cjs', import.meta.url));

export interface Ran {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ran>;
}

/** @param program another build than the one under test. */
export function start(
  cwd: string,
  args: string[],
  env: Record<string, string | undefined> = {},
  program = PROGRAM,
): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ran>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
  return { child, ended };
}

export function toolcrib(
  cwd: string,
  args: string[],
  env: Record<string, string | undefined> = {},
  program = PROGRAM,
): Promise<Ran> {
  return start(cwd, args, env, program).ended;
}

/** The same, and an error with all output unless it ends with `code`. */
export async function expectToolcrib(
  cwd: string,
  args: string[],
  code = 0,
  env: Record<string, string | undefined> = {},
  program = PROGRAM,
): Promise<Ran> {
  const ran = await toolcrib(cwd, args, env, program);
  if (ran.code !== code) {
    throw new Error(`toolcrib ${args.join(' ')} ended with ${ran.code}, not ${code}\n${ran.stdout}\n${ran.stderr}`);
  }
  return ran;
}
