/** argv → which command, with what: the commands as data, given to the parser. Runs nothing. */
import { Command as Parser, CommanderError, Option as ParserOption } from 'commander';
import { Failure, problem } from '../diagnostics/failure.js';
import type { Command, Option } from './command.js';
import { GLOBAL_OPTIONS } from './globals.js';
import { Options } from './options.js';
import { VERSION } from './program-version.js';

export type Parsed =
  | { kind: 'run'; command: Command; arguments: string[]; options: Options }
  /** Asked for: goes to stdout, and is no error. */
  | { kind: 'text'; text: string };

const GROUPS: Readonly<Record<string, string>> = { token: 'issue, list and revoke the tokens of agents' };

/** @throws Failure `invalid_option` with everything that the parser says, in our form. */
export function parse(argv: readonly string[], commands: readonly Command[]): Parsed {
  let text = '';
  const found: Parsed[] = [];
  const program = new Parser('toolcrib');
  program
    .description('Terraform for agent tools: declare MCP servers and grants, plan, apply, enforce.')
    .version(`toolcrib ${VERSION}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .addHelpText(
      'after',
      `\nExample:\n  toolcrib init && toolcrib lock && toolcrib plan\n\n\`toolcrib help COMMAND\` says more on each.`,
    );
  quiet(program, (chunk) => (text += chunk));
  for (const option of GLOBAL_OPTIONS) program.addOption(made(option));
  const groups = new Map<string, Parser>();
  const known = new Map<string, Parser>();
  for (const command of meant(argv, commands)) {
    const parser = child(program, command, { groups, known }, (chunk) => (text += chunk));
    known.set(command.name, parser);
    describe(parser, command);
    parser.action(() => {
      found.push({ kind: 'run', command, arguments: parser.args, options: new Options(parser.optsWithGlobals()) });
    });
  }
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text };
    if (isBare(error, argv, groups)) return { kind: 'text', text: program.helpInformation() };
    throw refusal(error, argv, groups, commands);
  }
  return found[0] ?? { kind: 'text', text: program.helpInformation() };
}

/** Where the first word names commands, the others need not be told to the parser: that takes longer than to parse. */
function meant([first]: readonly string[], commands: readonly Command[]): readonly Command[] {
  const named = commands.filter(({ name }) => name.split(' ')[0] === first);
  return named.length > 0 ? named : commands;
}

interface Parsers {
  /** Words that are no command by themselves. */
  groups: Map<string, Parser>;
  known: Map<string, Parser>;
}

function child(program: Parser, command: Command, { groups, known }: Parsers, write: (text: string) => void): Parser {
  const [first = '', second] = command.name.split(' ');
  if (second === undefined) return quiet(program.command(first), write);
  const own = known.get(first);
  if (own) return quiet(own.command(second), write);
  const group = groups.get(first) ?? quiet(program.command(first).description(GROUPS[first] ?? ''), write);
  groups.set(first, group);
  return quiet(group.command(second), write);
}

function quiet(parser: Parser, write: (text: string) => void): Parser {
  return parser
    .exitOverride()
    .allowExcessArguments(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .configureOutput({ writeOut: write, writeErr: () => undefined, outputError: () => undefined });
}

function describe(parser: Parser, command: Command): void {
  parser
    .summary(command.summary)
    .description(command.details ? `${command.summary}\n\n${command.details}` : command.summary);
  for (const each of command.arguments ?? []) {
    const name = each.variadic ? `${each.name}...` : each.name;
    parser.argument(each.optional ? `[${name}]` : `<${name}>`, each.description);
  }
  for (const option of command.options ?? []) parser.addOption(made(option));
  const title = command.examples.length > 1 ? 'Examples' : 'Example';
  parser.addHelpText('after', `\n${title}:\n${command.examples.map((each) => `  ${each}`).join('\n')}`);
}

function made(option: Option): ParserOption {
  const parserOption = new ParserOption(option.flags, option.description);
  if (option.choices) parserOption.choices(option.choices);
  if (option.repeatable) {
    parserOption.argParser((value: string, before: unknown) => [
      ...(Array.isArray(before) ? (before as string[]) : []),
      value,
    ]);
  }
  return parserOption;
}

/** Neither a command nor a mistake: whoever types the name alone wants to know what there is. */
function isBare(error: CommanderError, argv: readonly string[], groups: Map<string, Parser>): boolean {
  return error.code === 'commander.help' && !argv.some((each) => groups.has(each));
}

/** The parser's words are right, only their form is not ours. */
function refusal(
  error: CommanderError,
  argv: readonly string[],
  groups: Map<string, Parser>,
  commands: readonly Command[],
): Failure {
  if (error.code === 'commander.help') return groupAlone(argv, groups, commands);
  const [words = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const meant = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(hint)?.[1];
  const detail = `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
  const fix = meant
    ? `Did you mean \`${meant.replaceAll(', ', '` or `')}\`?`
    : `\`${helpFor(argv, commands)}\` says what it takes.`;
  return new Failure([problem('invalid_option', detail.replaceAll("'", '`'), fix)]);
}

function groupAlone(argv: readonly string[], groups: Map<string, Parser>, commands: readonly Command[]): Failure {
  const group = argv.find((each) => groups.has(each)) ?? 'token';
  const names = commands.filter((each) => each.name.startsWith(`${group} `)).map((each) => `\`toolcrib ${each.name}\``);
  return new Failure([
    problem('invalid_option', `\`toolcrib ${group}\` alone does nothing.`, `Use one of ${names.join(', ')}.`),
  ]);
}

function helpFor(argv: readonly string[], commands: readonly Command[]): string {
  const words = argv.filter((each) => !each.startsWith('-'));
  const known = commands.find((each) => each.name === words.slice(0, each.name.split(' ').length).join(' '));
  return known ? `toolcrib ${known.name} --help` : 'toolcrib --help';
}
