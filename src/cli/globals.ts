/** The options that every command takes, and the Context made from them. */
import { isAbsolute, resolve } from 'node:path';
import { fail } from '../diagnostics/failure.js';
import type { Context } from '../workflow/context.js';
import { hostNode } from '../workflow/distribution.js';
import type { Option } from './command.js';
import type { Io } from './io.js';
import type { Options } from './options.js';
import { VERSION } from './program-version.js';
import type { Terminal } from './terminal.js';

export const GLOBAL_OPTIONS: readonly Option[] = [
  { flags: '-C <dir>', description: 'work in this folder' },
  {
    flags: '-f, --file <path>',
    description: 'toolbox file, or folder of them (default: toolbox.yaml and *.toolbox.yaml)',
    repeatable: true,
  },
  { flags: '-e, --environment <name>', description: 'environment to work on (or TOOLCRIB_ENV)' },
  { flags: '--var <name=value>', description: 'set a variable', repeatable: true },
  { flags: '--var-file <file>', description: 'read variables from a file', repeatable: true },
  { flags: '--no-input', description: 'never ask; a question that needs an answer is an error' },
  { flags: '--no-color', description: 'no colours (or NO_COLOR)' },
  { flags: '--timeout <time>', description: 'bound on each wait, such as 90s or 5m' },
];

export function contextFrom(options: Options, io: Io, terminal: Terminal, signal: AbortSignal): Context {
  return {
    dir: resolve(io.cwd, options.text('C') ?? '.'),
    files: options.texts('file'),
    environment: options.text('environment') ?? (io.env.TOOLCRIB_ENV || null),
    variables: Object.fromEntries(options.texts('var').map(variable)),
    variableFiles: options.texts('varFile'),
    env: io.env,
    host: terminal,
    now: () => new Date(),
    version: VERSION,
    distribution: isAbsolute(io.distribution) ? io.distribution : resolve(io.cwd, io.distribution),
    node: hostNode(io.runtime),
    pid: io.runtime.pid,
    timeoutSeconds: timeout(options),
    signal,
  };
}

function variable(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  return fail(
    'invalid_option',
    `--var takes NAME=VALUE, and \`${text}\` is not of that form.`,
    'Write for example `--var docs=./docs`.',
  );
}

function timeout(options: Options): number | null {
  const seconds = options.duration('timeout', '--timeout');
  if (seconds !== 0) return seconds;
  return fail(
    'invalid_option',
    '--timeout is 0, so that every wait would fail at once.',
    'Give it some time, such as `--timeout 90s`.',
  );
}
