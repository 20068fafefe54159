/** What TAB offers: pure, and once through a real bash. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { candidates } from '../../src/cli/complete.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { expectToolcrib, PROGRAM } from '../support/cli.js';
import { folder, NO_ENGINE, TOOLBOX } from './folder.js';

const NAMES = {
  agents: ['reader', 'writer'],
  servers: ['files', 'clock'],
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
  it('bash completes commands and declared names, without an engine', async () => {
    const dir = await folder({ 'toolbox.yaml': TOOLBOX });
    const bin = join(dir, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'toolcrib'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    await chmod(join(bin, 'toolcrib'), 0o755);
    const script = `source <(toolcrib completion bash)
complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _toolcrib; echo "\${COMPREPLY[*]}"; }
complete_line toolcrib val
complete_line toolcrib token issue ''
complete_line toolcrib logs ''`;
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`, ...NO_ENGINE };
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script], { cwd: dir, env });
    expect(stdout).toBe('validate\nreader\nfiles\n');
  });

  it.each(['zsh', 'fish'])('%s gets a script, too', async (shell) => {
    const { stdout } = await expectToolcrib(await folder({}), ['completion', shell]);
    expect(stdout).toContain('toolcrib completion candidates --');
  });

  it('another shell is one clear error', async () => {
    const { stderr } = await expectToolcrib(await folder({}), ['completion', 'tcsh'], 1);
    expect(stderr).toContain('Name one of bash, zsh, fish.');
  });
});
