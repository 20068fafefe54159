/** What TAB offers: pure, and once through a real bash. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { candidates } from '../../src/cli/complete.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { expectToolcrib, PROGRAM } from '../support/cli.js';
import { programOf } from '../support/debian.js';
import { folder, NO_ENGINE, TOOLBOX } from './folder.js';

const NAMES = {
  agents: ['reader', 'writer'],
  servers: ['files', 'clock'],
  environments: ['staging', 'prod'],
  tools: { files: ['read', 'write'], clock: ['now'] },
};
const at = (...words: string[]): Promise<string[]> => candidates(words, COMMANDS, () => Promise.resolve(NAMES));

describe('candidates', () => {
  it.each<[string[], string[]]>([
    [['sta'], ['status']],
    [
      ['token', ''],
      ['issue', 'list', 'revoke'],
    ],
    [
      ['token', 'issue', ''],
      ['reader', 'writer'],
    ],
    [['-C', 'there', 'des'], ['destroy']],
    [['explain', 'reader', 'f'], ['files']],
    [
      ['explain', 'reader', 'files', ''],
      ['read', 'write'],
    ],
    [['explain', '--arguments', '{}', 'reader', 'files', 'w'], ['write']],
    [['explain', 'reader', 'files', 'read', ''], []],
    [
      ['lock', 'files', ''],
      ['clock', 'files'],
    ],
    [
      ['logs', '--tail', '5', ''],
      ['clock', 'files'],
    ],
    [
      ['plan', '--format', ''],
      ['json', 'markdown', 'text'],
    ],
    [['plan', '--format', 'm'], ['markdown']],
    [['plan', '--target', 'server.f'], ['server.files']],
    [['apply', '--replace', 'p'], ['proxy']],
    [
      ['plan', '-e', ''],
      ['prod', 'staging'],
    ],
    [['--environment', 's'], ['staging']],
    [['plan', '--det'], ['--detailed-exitcode']],
    [
      ['completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [['apply', ''], []],
    [['nonsense', ''], []],
  ])('of %j are %j', async (words, expected) => {
    expect(await at(...words)).toEqual(expected);
  });

  it('are all commands where nothing is typed yet', async () => {
    expect(await at('')).toEqual(
      [...new Set(['help', ...COMMANDS.map(({ name }) => name.split(' ')[0] ?? '')])].sort(),
    );
  });

  it('ask for names only where one could stand', async () => {
    const never = () => Promise.reject(new Error('asked'));
    await expect(candidates(['pl'], COMMANDS, never)).resolves.toEqual(['plan']);
    await expect(candidates(['plan', '--'], COMMANDS, never)).resolves.toContain('--out');
  });
});

describe('in a shell', () => {
  const ENVIRONMENTS = '  environments: {prod: {}, staging: {}}\n';
  const LINES = [
    ['toolcrib val', ['validate']],
    ['toolcrib token issue ', ['reader']],
    ['toolcrib logs ', ['files']],
    ['toolcrib plan -e ', ['prod', 'staging']],
    ['toolcrib plan --det', ['--detailed-exitcode']],
  ] as const;

  async function place(): Promise<{ cwd: string; env: NodeJS.ProcessEnv }> {
    const dir = await folder({ 'toolbox.yaml': TOOLBOX.replace('servers:', `${ENVIRONMENTS}servers:`) });
    const bin = join(dir, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'toolcrib'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    await chmod(join(bin, 'toolcrib'), 0o755);
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: dir, TERM: 'dumb', ...NO_ENGINE };
    return { cwd: dir, env };
  }
  const run = async (shell: string, args: string[]): Promise<string[][]> => {
    const { stdout } = await promisify(execFile)(programOf(shell, shell), args, await place());
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('> '))
      .map((line) => line.slice(2).split(' ').filter(Boolean).sort());
  };
  const expected = LINES.map(([, found]) => [...found]);

  it('bash completes commands and declared names, without an engine', async () => {
    const script = `source <(toolcrib completion bash)
complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _toolcrib; echo "> \${COMPREPLY[*]}"; }
${LINES.map(([line]) => `complete_line ${line.replace(/ $/, " ''")}`).join('\n')}`;
    expect(await run('bash', ['--norc', '-c', script])).toEqual(expected);
  });

  it('fish does, asked as its own TAB asks', async () => {
    const script = `toolcrib completion fish | source
${LINES.map(([line]) => `echo "> "(complete -C ${JSON.stringify(line)} | string split -f1 \\t | string join " ")`).join('\n')}`;
    expect(await run('fish', ['--no-config', '-c', script])).toEqual(expected);
  });

  it('zsh does, by its own completion system', async () => {
    // compadd is what a completion function hands its words to: here it says them.
    const script = `autoload -Uz compinit && compinit -u -d "$HOME/dump"
source <(toolcrib completion zsh)
[[ "$_comps[toolcrib]" == _toolcrib ]] || echo "> not registered"
compadd() { shift; echo "> $*"; }
complete_line() { words=("$@"); CURRENT=$#; _toolcrib; }
${LINES.map(([line]) => `complete_line ${line.replace(/ $/, " ''")}`).join('\n')}`;
    expect(await run('zsh', ['-f', '-c', script])).toEqual(expected);
  });

  it('another shell is one clear error', async () => {
    const { stderr } = await expectToolcrib(await folder({}), ['completion', 'tcsh'], 1);
    expect(stderr).toContain('Name one of bash, zsh, fish.');
  });
});
