/** A command as data: the parser, the help and the table of commands are all made from this. */
import type { Context } from '../workflow/context.js';
import type { Io } from './io.js';
import type { Options } from './options.js';
import type { Terminal } from './terminal.js';

export interface Argument {
  name: string;
  description: string;
  optional?: true;
  variadic?: true;
  /** What a shell offers; others are not refused by the parser. */
  choices?: readonly string[];
}

export interface Option {
  /** `-n, --name <value>` */
  flags: string;
  description: string;
  choices?: readonly string[];
  /** May be given more than once. */
  repeatable?: true;
}

export interface Call {
  context: Context;
  terminal: Terminal;
  io: Io;
  /** All there are. */
  commands: readonly Command[];
  /** In the order of the command's arguments; an optional one that was not given is missing. */
  arguments: readonly string[];
  options: Options;
  /** Data, and only data, on stdout. */
  json: boolean;
}

export interface Command {
  /** `token issue` */
  name: string;
  summary: string;
  /** A paragraph more, for the command's own help. */
  details?: string;
  arguments?: readonly Argument[];
  options?: readonly Option[];
  examples: readonly string[];
  /** The first Ctrl-C lets the running step finish; without this it ends the program at once. */
  finishesStep?: true;
  /** Works without a project, so that `-e` has nothing to choose from. */
  standalone?: true;
  /** Resolves with the exit code. Errors are thrown as Failures. */
  run(call: Call): Promise<number>;
}

export const JSON_OPTION: Option = { flags: '--json', description: 'print data as JSON on stdout, errors too' };

export function argument(call: Call, index: number): string {
  const value = call.arguments[index];
  if (value === undefined) throw new RangeError(`argument ${index} is declared optional but read as required`);
  return value;
}
