/** One run of the command line: parse, make the context, run the command, report what went wrong, say the exit code. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Exit } from '../diagnostics/diagnostic.js';
import { Failure, problem } from '../diagnostics/failure.js';
import type { Command } from './command.js';
import { COMMANDS } from './commands.js';
import { contextFrom } from './globals.js';
import { listenForInterrupt } from './interrupt.js';
import type { Io } from './io.js';
import { Options } from './options.js';
import type { Parsed } from './program.js';
import { parse } from './program.js';
import { reportJson, reportText } from './report.js';
import { Terminal } from './terminal.js';

/** Resolves with the exit code; never rejects. */
export async function run(argv: readonly string[], io: Io, commands: readonly Command[] = COMMANDS): Promise<number> {
  let parsed: Parsed;
  try {
    parsed = parse(argv, commands);
  } catch (error) {
    const terminal = new Terminal(io, { colour: !argv.includes('--no-color'), input: false });
    return report(error, terminal, io.cwd, argv.includes('--json') || argv.join(' ').includes('--format json'));
  }
  const options = parsed.kind === 'run' ? parsed.options : new Options({});
  const terminal = new Terminal(io, { colour: options.allowed('color'), input: options.allowed('input') });
  if (parsed.kind === 'text') {
    terminal.data(parsed.text);
    return afterOutput(Exit.ok, terminal, io.cwd);
  }
  return afterOutput(await runCommand(parsed, io, terminal, commands), terminal, io.cwd);
}

/** Whoever reads half of the data must not take it for the whole. */
async function afterOutput(code: number, terminal: Terminal, dir: string): Promise<number> {
  const lost = await terminal.lost();
  if (lost === null) return code;
  const detail = `stdout took no more: ${lost.message}. What was asked for is done; what was printed of it is not whole.`;
  const fix = 'Make room, or send the output elsewhere, and run the command again.';
  await reportText([problem('output_lost', detail, fix)], terminal, dir);
  return code === Exit.ok || code === Exit.changes ? Exit.error : code;
}

async function runCommand(
  parsed: Parsed & { kind: 'run' },
  io: Io,
  terminal: Terminal,
  commands: readonly Command[],
): Promise<number> {
  const { command, options } = parsed;
  const json = options.flag('json') || options.text('format') === 'json';
  const interrupt = listenForInterrupt(io, terminal, command.finishesStep ?? false);
  let dir = io.cwd;
  try {
    const context = contextFrom(options, io, terminal, interrupt.signal);
    dir = context.dir;
    return await command.run({ context, terminal, io, commands, arguments: parsed.arguments, options, json });
  } catch (error) {
    return await report(error, terminal, dir, json);
  } finally {
    interrupt.release();
    terminal.finish();
  }
}

async function report(error: unknown, terminal: Terminal, dir: string, json: boolean): Promise<number> {
  terminal.finish();
  const failure = error instanceof Failure ? error : unexpected(error);
  if (json) reportJson(failure.diagnostics, terminal);
  else await reportText(failure.diagnostics, terminal, dir);
  return failure.exit;
}

function unexpected(error: unknown): Failure {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const diagnostic: Diagnostic = problem(
    'internal',
    words,
    'This is a mistake in toolcrib, not in your project. Please report it with the lines above and the command you ran.',
  );
  return new Failure([diagnostic]);
}
