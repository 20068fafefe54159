/** The program behind the entry point. `scripts/build.mjs` puts built-program.ts in its place. */
import type * as cli from './cli/run.js';

export interface Program {
  run: typeof cli.run;
  /** Keeps what the engine of the language made of the program, for the next run of the same command. */
  keep(): void;
}

export async function loadProgram(_command: string): Promise<Program> {
  const { run } = await import('./cli/run.js');
  return { run, keep: () => undefined };
}
