/** argv → command: what is understood, and what is refused in which words. */
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { parse } from '../../src/cli/program.js';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { Failure } from '../../src/diagnostics/failure.js';

const read = (...argv: string[]) => {
  const parsed = parse(argv, COMMANDS);
  if (parsed.kind !== 'run') throw new Error(parsed.text);
  return parsed;
};

const refused = (...argv: string[]): Diagnostic => {
  try {
    parse(argv, COMMANDS);
  } catch (error) {
    if (error instanceof Failure && error.diagnostics[0]) return error.diagnostics[0];
    throw error;
  }
  throw new Error(`${argv.join(' ')} was understood`);
};

const help = (...argv: string[]): string => {
  const parsed = parse(argv, COMMANDS);
  if (parsed.kind !== 'text') throw new Error(`${argv.join(' ')} runs a command`);
  return parsed.text;
};

describe('parse', () => {
  it.each([
    [['plan', '--detailed-exitcode'], 'plan'],
    [['token', 'issue', 'reader'], 'token issue'],
    [['-C', 'there', 'status'], 'status'],
    [['explain', 'a', 'b', 'c', '--arguments', '{"path":"/x"}'], 'explain'],
    [['lock', 'files', 'clock'], 'lock'],
  ])('%j runs %s', (argv, name) => {
    expect(read(...argv).command.name).toBe(name);
  });

  it('takes global options before and after the command', () => {
    const { options } = read(
      '-C',
      'there',
      'plan',
      '-f',
      'a.yaml',
      '--var',
      'x=1',
      '-f',
      'b',
      '--var',
      'y=2=3',
      '--no-color',
    );
    expect(options.text('C')).toBe('there');
    expect(options.texts('file')).toEqual(['a.yaml', 'b']);
    expect(options.texts('var')).toEqual(['x=1', 'y=2=3']);
    expect(options.allowed('color')).toBe(false);
    expect(options.allowed('input')).toBe(true);
  });

  it('hands over arguments in order', () => {
    expect(read('explain', 'bot', 'files', 'read').arguments).toEqual(['bot', 'files', 'read']);
    expect(read('lock').arguments).toEqual([]);
    expect(read('lock', 'a', 'b').arguments).toEqual(['a', 'b']);
  });

  it.each([
    [['plann'], 'Unknown command `plann`.', 'Did you mean `plan`?'],
    [['frobnicate'], 'Unknown command `frobnicate`.', '`toolcrib --help` says what it takes.'],
    [['plan', '--detailed-exitcod'], 'Unknown option `--detailed-exitcod`.', 'Did you mean `--detailed-exitcode`?'],
    [['apply', '--auto-aprove'], 'Unknown option `--auto-aprove`.', 'Did you mean `--auto-approve`?'],
    [['status', '--colour'], 'Unknown option `--colour`.', '`toolcrib status --help` says what it takes.'],
    [
      ['plan', '--format', 'yaml'],
      'Option `--format <format>` argument `yaml` is invalid. Allowed choices are text, json, markdown.',
      '`toolcrib plan --help` says what it takes.',
    ],
    [['explain', 'bot', 'files'], 'Missing required argument `tool`.', '`toolcrib explain --help` says what it takes.'],
    [
      ['status', 'all'],
      'Too many arguments for `status`. Expected 0 arguments but got 1.',
      '`toolcrib status --help` says what it takes.',
    ],
    [['plan', '-f'], 'Option `-f, --file <path>` argument missing.', '`toolcrib plan --help` says what it takes.'],
    [
      ['token'],
      '`toolcrib token` alone does nothing.',
      'Use one of `toolcrib token issue`, `toolcrib token list`, `toolcrib token revoke`.',
    ],
    [['token', 'isue', 'bot'], 'Unknown command `isue`.', 'Did you mean `issue`?'],
  ])('%j is refused', (argv, detail, fix) => {
    expect(refused(...argv)).toMatchObject({ severity: 'error', code: 'invalid_option', detail, fix });
  });

  it('shows every command when asked for nothing', () => {
    const text = help();
    for (const command of COMMANDS) expect(text).toContain(command.name.split(' ')[0]);
    expect(help('--help')).toContain(text.trimEnd());
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    'help on %s has an example that parses',
    (name, command) => {
      const text = help(...name.split(' '), '--help');
      expect(text).toContain(command.summary.slice(0, 40));
      expect(text).toContain('--no-color');
      for (const example of command.examples) {
        expect(text).toContain(example);
        expect(read(...words(example)).command.name).toBe(name);
      }
    },
  );
});

/** As a shell splits it, up to a redirection. */
function words(example: string): string[] {
  const [line = ''] = example.split(' > ');
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
    .map((found) => found[1] ?? found[2] ?? found[3] ?? '')
    .slice(1);
}
