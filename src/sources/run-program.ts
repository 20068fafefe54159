/** Runs one of the user's own programs (npm, python3) within a deadline, and keeps what it says. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

const KEPT_CHARACTERS = 16_384;
const MAX_OUTPUT = 4 * 1024 * 1024;

export interface ProgramResult {
  code: number | null;
  stdout: string;
  /** The end of it. */
  stderr: string;
}

/** What its caller says of a program that is not there, or does not end. */
export interface ProgramWords {
  late(): Error;
  missing(error: Error): Error;
}

export function runProgram(
  program: string,
  args: readonly string[],
  { folder, seconds }: { folder: string; seconds: number },
  words: ProgramWords,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (stdout.length < MAX_OUTPUT) stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-KEPT_CHARACTERS)));
    const late = setTimeout(() => {
      end(child);
      reject(words.late());
    }, seconds * 1000);
    child.on('error', (error) => {
      clearTimeout(late);
      reject(words.missing(error));
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
