/** What could stand at the end of a command line: commands, options, their choices, and the names that are declared. */
import type { Command, Option } from './command.js';
import { GLOBAL_OPTIONS } from './globals.js';

/** Names of the project, asked for only where one of them could stand. */
export interface Names {
  agents: string[];
  servers: string[];
  environments: string[];
  /** Server → its locked tools. */
  tools: Record<string, string[]>;
}

/**
 * @param words everything behind `toolcrib`; the last one is being typed and may be empty.
 * @returns what begins with it, sorted; empty: a file name, or nothing that is known.
 */
export async function candidates(
  words: readonly string[],
  commands: readonly Command[],
  names: () => Promise<Names>,
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const found = await possible(words.slice(0, -1), typed, commands, names);
  return [...new Set(found)].filter((each) => each.startsWith(typed)).sort();
}

async function possible(
  before: readonly string[],
  typed: string,
  commands: readonly Command[],
  names: () => Promise<Names>,
): Promise<string[]> {
  const { command, group, given } = read(before, commands);
  const options = [...(command?.options ?? []), ...GLOBAL_OPTIONS];
  const asking = options.find((option) => takesValue(option) && flagsOf(option).includes(before.at(-1) ?? ''));
  if (asking) return values(asking, names);
  if (typed.startsWith('-')) return [...options.flatMap(flagsOf), '--help'];
  if (!command) return commandWords(group, commands);
  const position = Math.min(given.length, (command.arguments?.length ?? 0) - 1);
  const wanted = command.arguments?.[position];
  if (!wanted || (given.length > position && !wanted.variadic)) return [];
  return named(wanted.name, given, names, wanted.choices ?? []);
}

interface ReadSoFar {
  command: Command | null;
  /** `token`, before its second word. */
  group: string | null;
  /** Arguments of the command that are there already. */
  given: string[];
}

function read(words: readonly string[], commands: readonly Command[]): ReadSoFar {
  let command: Command | null = null;
  let group: string | null = null;
  const given: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word.startsWith('-')) {
      const options = [...(command?.options ?? []), ...GLOBAL_OPTIONS];
      if (options.some((option) => takesValue(option) && flagsOf(option).includes(word))) at++;
    } else if (command) given.push(word);
    else {
      const name: string = group === null ? word : `${group} ${word}`;
      command = commands.find((each) => each.name === name) ?? null;
      group = command ? null : name;
    }
  }
  return { command, group, given };
}

function commandWords(group: string | null, commands: readonly Command[]): string[] {
  if (group === null) return ['help', ...commands.map(({ name }) => name.split(' ')[0] ?? '')];
  if (group === 'help') return commands.map(({ name }) => name.split(' ')[0] ?? '');
  return commands.flatMap(({ name }) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []));
}

async function values(option: Option, names: () => Promise<Names>): Promise<string[]> {
  if (option.choices) return [...option.choices];
  const value = /<([^>]+)>/.exec(option.flags)?.[1] ?? '';
  if (flagsOf(option).includes('--environment')) return (await names()).environments;
  if (value === 'address') {
    const servers = (await names()).servers.map((name) => `server.${name}`);
    return flagsOf(option).includes('--replace') ? [...servers, 'proxy', 'bridge', 'control'] : servers;
  }
  return named(value, [], names, []);
}

/** By what an argument is called. */
async function named(
  what: string,
  given: readonly string[],
  names: () => Promise<Names>,
  choices: readonly string[],
): Promise<string[]> {
  if (choices.length > 0) return [...choices];
  switch (what) {
    case 'agent':
      return (await names()).agents;
    case 'server':
      return (await names()).servers;
    case 'tool': {
      const { tools } = await names();
      const server = given.at(-1);
      return server === undefined ? Object.values(tools).flat() : (tools[server] ?? []);
    }
    default:
      return [];
  }
}

function flagsOf({ flags }: Option): string[] {
  return flags.split(/[ ,]+/).filter((part) => part.startsWith('-'));
}

function takesValue({ flags }: Option): boolean {
  return flags.includes('<');
}
