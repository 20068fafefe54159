/** The built program, as a shell runs it: stdout, stderr and exit code. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { start, toolcrib } from '../support/cli.js';
import { NO_ENGINE, PROJECT, TOOLBOX, folder } from './folder.js';

interface Said {
  severity: string;
  code: string;
  summary: string;
  detail: string;
  fix: string;
  range?: { file: string; start: { line: number; column: number }; end: { line: number; column: number } };
}

const run = (dir: string, ...args: string[]) => toolcrib(dir, args, NO_ENGINE);

const said = (stdout: string): Said[] => (JSON.parse(stdout) as { diagnostics: Said[] }).diagnostics;

/** No colour, no cursor: what a pipe must never get. */
const ESCAPE = /\u001b/;

describe('version', () => {
  it.each([['--version'], ['-V'], ['version']])('%s', async (arg) => {
    const { code, stdout, stderr } = await run(await folder({}), arg);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^toolcrib \d+\.\d+\.\d+\n$/);
  });

  it('--json names node and platform', async () => {
    const { stdout } = await run(await folder({}), 'version', '--json');
    expect(JSON.parse(stdout)).toEqual({
      toolcrib: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.version,
      platform: `${process.platform}/${process.arch}`,
    });
  });
});

describe('help', () => {
  it.each([[[]], [['--help']], [['help']]])('%j goes to stdout', async (args) => {
    const { code, stdout, stderr } = await run(await folder({}), ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: toolcrib');
  });
});

describe('a wrong command line', () => {
  it('is one diagnostic on stderr, and exit 1', async () => {
    const { code, stdout, stderr } = await run(await folder({}), 'plan', '--detailed-exitcod');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Invalid command line');
    expect(stderr).toContain('Unknown option `--detailed-exitcod`.');
    expect(stderr).toContain('Did you mean `--detailed-exitcode`?');
    expect(stderr).not.toMatch(ESCAPE);
  });

  it('is JSON on stdout with --json', async () => {
    const { code, stdout, stderr } = await run(await folder({}), 'status', '--nope', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(said(stdout)).toMatchObject([
      { severity: 'error', code: 'invalid_option', detail: 'Unknown option `--nope`.' },
    ]);
  });

  it.each([
    [['plan', '--timeout', 'soon'], '--timeout takes a length of time'],
    [['plan', '--timeout', '0'], '--timeout is 0'],
    [['plan', '--var', 'novalue'], '--var takes NAME=VALUE'],
    [['apply', '--parallelism', '0'], '--parallelism takes a whole number from 1 on'],
    [['apply', '--lock-timeout', '-3'], '--lock-timeout takes a length of time'],
    [['audit', '--tail', 'x'], '--tail takes a whole number'],
    [['audit', '--since', 'yesterday'], '--since takes a length of time'],
    [['audit', '--decision', 'maybe'], 'Allowed choices are allow, deny'],
    [['explain', 'reader', 'files', 'x', '--arguments', '{'], '--arguments is not JSON'],
    [['explain', 'reader', 'files', 'x', '--arguments', '[1]'], '--arguments is JSON, but no object'],
    [['token', 'issue', 'reader', '--expires', 'someday'], '--expires takes a length of time'],
    [['token', 'issue', 'reader', '--expires', '2001-01-01'], 'is not in the future'],
    [['plan', '-e', 'prod'], 'The environment `prod` is not declared'],
  ])('%j', async (args, words) => {
    const { code, stdout, stderr } = await run(await folder({ 'toolbox.yaml': TOOLBOX }), ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('takes TOOLCRIB_ENV as -e', async () => {
    const { code, stderr } = await toolcrib(await folder({ 'toolbox.yaml': TOOLBOX }), ['validate'], {
      TOOLCRIB_ENV: 'prod',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('The environment `prod` is not declared');
  });
});

describe('fmt', () => {
  const messy = TOOLBOX.replace('toolbox: ', 'toolbox:   ');

  it('--check lists what would change and exits 2; fmt changes it, once', async () => {
    const dir = await folder({ 'toolbox.yaml': messy, 'more.toolbox.yaml': 'version: 1\ntoolbox: more\n' });
    expect(await run(dir, 'fmt', '--check')).toMatchObject({ code: 2, stdout: 'toolbox.yaml\n', stderr: '' });
    expect(await readFile(join(dir, 'toolbox.yaml'), 'utf8')).toBe(messy);
    expect(await run(dir, 'fmt')).toMatchObject({ code: 0, stdout: 'toolbox.yaml\n' });
    expect(await readFile(join(dir, 'toolbox.yaml'), 'utf8')).not.toBe(messy);
    expect(await run(dir, 'fmt', '--check', '--json')).toMatchObject({ code: 0 });
    expect(await run(dir, 'validate')).toMatchObject({ code: 0 });
  });

  it('writes nothing where one of the files is no YAML', async () => {
    const dir = await folder({ 'toolbox.yaml': messy, 'more.toolbox.yaml': 'a: [' });
    const { code, stderr } = await run(dir, 'fmt');
    expect(code).toBe(1);
    expect(stderr).toContain('more.toolbox.yaml:1:');
    expect(await readFile(join(dir, 'toolbox.yaml'), 'utf8')).toBe(messy);
  });
});

describe('init', () => {
  it('writes a file that validates, and says every command from there to the first call', async () => {
    const dir = join(await folder({}), 'Acme Tools!');
    await mkdir(dir);
    const { code, stdout, stderr } = await run(dir, 'init');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const commands = ['validate', 'lock', 'plan', 'token issue', 'apply', 'status', 'audit'].map(
      (each) => `toolcrib ${each}`,
    );
    expect(commands.filter((each) => !stdout.includes(each))).toEqual([]);
    expect(stdout).toContain('http://127.0.0.1:7411/mcp');
    expect(await readFile(join(dir, 'toolbox.yaml'), 'utf8')).toMatch(/name: "?acme-tools"?/);
    expect(await run(dir, 'validate')).toMatchObject({ code: 0 });
  });

  it('overwrites nothing', async () => {
    const dir = await folder({ 'toolbox.yaml': 'mine\n' });
    const { code, stdout, stderr } = await run(dir, 'init');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('File already exists');
    expect(await readFile(join(dir, 'toolbox.yaml'), 'utf8')).toBe('mine\n');
    expect(await readdir(dir)).toEqual(['toolbox.yaml']);
  });

  it('takes another folder and another name', async () => {
    const dir = await folder({});
    const { code, stdout } = await run(dir, 'init', '-C', 'new', '--name', 'acme', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'acme', files: expect.arrayContaining(['toolbox.yaml']) });
    expect(await run(dir, '-C', 'new', 'validate')).toMatchObject({ code: 0 });
  });

  it('refuses a name that no project may have, and writes nothing', async () => {
    const dir = await folder({});
    const { code, stderr } = await run(dir, 'init', '--name', '../Evil');
    expect(code).toBe(1);
    expect(stderr).toContain('Invalid name');
    expect(stderr).toContain('--name evil');
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('validate', () => {
  it('says what it read, and what is next', async () => {
    const { code, stdout, stderr } = await run(await folder({ 'toolbox.yaml': TOOLBOX }), 'validate');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Valid: toolbox.yaml (project cli-test, 1 server, 1 agent)\n',
    });
    expect(stderr).toContain('Next: toolcrib lock');
  });

  it('reports every problem at its place, exit 1', async () => {
    const dir = await folder({
      'toolbox.yaml': TOOLBOX.replace('image:', 'imgae:').replace('server: files', 'server: fils'),
    });
    const { code, stdout, stderr } = await run(dir, 'validate');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('toolbox.yaml:9:5');
    expect(stderr).toContain('image');
    expect(stderr).not.toMatch(ESCAPE);
  });

  it('--json has the shape of DESIGN.md', async () => {
    const good = await run(await folder({ 'toolbox.yaml': TOOLBOX }), 'validate', '--json');
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toEqual({ valid: true, diagnostics: [] });
    const bad = await run(await folder({ 'toolbox.yaml': `${TOOLBOX}nonsense: 1\n` }), 'validate', '--json');
    expect(bad).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(bad.stdout)).toMatchObject({ valid: false });
    expect(said(bad.stdout)).toEqual([
      {
        severity: 'error',
        code: 'unknown_key',
        summary: 'Unknown key',
        detail: expect.stringContaining('nonsense'),
        fix: expect.any(String),
        range: { file: 'toolbox.yaml', start: { line: 16, column: 1 }, end: expect.objectContaining({ line: 16 }) },
      },
    ]);
  });

  it('says so when there is no file, and when -f names none', async () => {
    const dir = await folder({});
    for (const args of [['validate'], ['validate', '-f', 'gone.yaml']]) {
      const { code, stdout, stderr } = await run(dir, ...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('No toolbox file found');
    }
  });

  it('merges several -f, files and folders', async () => {
    const more = 'version: 1\ntoolbox: more\nservers:\n  clock:\n    image: example/clock:1\n';
    const dir = await folder({ 'base/toolbox.yaml': TOOLBOX, 'extra/more.toolbox.yaml': more });
    const { code, stdout } = await run(dir, 'validate', '-f', 'base/toolbox.yaml', '-f', 'extra');
    expect(code).toBe(0);
    expect(stdout).toContain('2 servers');
    expect((await run(dir, 'validate', '-C', 'base')).stdout).toContain('1 server,');
  });
});

describe('schema', () => {
  it('prints the schema, from an empty folder too', async () => {
    const { code, stdout, stderr } = await run(await folder({}), 'schema');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
  });
});

describe('without an engine', () => {
  it.each([[['audit']], [['logs', 'files']]])('%j says that none answers, exit 1', async (args) => {
    const dir = await folder({ 'toolbox.yaml': TOOLBOX });
    const text = await run(dir, ...args);
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 1, stdout: '' });
    expect(text.stderr).toContain('No Docker engine answers');
    expect(text.stderr).toContain('/nonexistent/docker.sock');
    const json = await run(dir, ...args, '--json');
    expect(said(json.stdout)).toMatchObject([{ severity: 'error', code: 'engine_unreachable' }]);
  });
});

describe('tokens', () => {
  it('issue prints the token alone, once, and writes a file that does not hold it', async () => {
    const dir = await folder({ 'toolbox.yaml': TOOLBOX });
    const { code, stdout, stderr } = await run(
      dir,
      'token',
      'issue',
      'reader',
      '--expires',
      '30d',
      '--label',
      'a laptop',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tcb_[0-9a-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\n$/);
    const id = stdout.split('_')[1] ?? '';
    expect(stderr).toContain(`toolbox.tokens/${id}.yaml`);
    const secret = stdout.split('_')[2] ?? '';
    expect(stderr).not.toContain(secret);
    const file = await readFile(join(dir, 'toolbox.tokens', `${id}.yaml`), 'utf8');
    expect(file).not.toContain(secret);
    expect(file).toContain('a laptop');

    const listed = await run(dir, 'token', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toEqual({
      tokens: [
        {
          id,
          agent: 'reader',
          environment: null,
          label: 'a laptop',
          created: expect.stringMatching(/Z$/),
          expires: expect.stringMatching(/Z$/),
          revoked: null,
          state: 'valid',
        },
      ],
    });
    expect((await run(dir, 'token', 'list')).stdout).toMatch(new RegExp(`^ID .*\n${id} +reader +valid .*a laptop\n$`));
  });

  it('revoke writes the time into the file, and never moves it', async () => {
    const dir = await folder({ 'toolbox.yaml': TOOLBOX });
    const token = (await run(dir, 'token', 'issue', 'reader', '--expires', 'never')).stdout.trim();
    const id = token.split('_')[1] ?? '';
    const first = await run(dir, 'token', 'revoke', id, '--json');
    expect(first.code).toBe(0);
    const { revoked } = JSON.parse(first.stdout) as { revoked: string };
    // Whoever finds a leaked token has the whole of it.
    const again = await run(dir, 'token', 'revoke', token, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ id, agent: 'reader', revoked, live: false });
    expect((await run(dir, 'token', 'list')).stdout).toContain('revoked');
  });

  it('knows neither a foreign agent nor a foreign id', async () => {
    const dir = await folder({ 'toolbox.yaml': TOOLBOX });
    const agent = await run(dir, 'token', 'issue', 'raeder');
    expect({ code: agent.code, stdout: agent.stdout }).toEqual({ code: 1, stdout: '' });
    expect(agent.stderr).toContain('`reader`');
    const id = await run(dir, 'token', 'revoke', 'nosuchtokn');
    expect(id.code).toBe(1);
    expect(id.stderr).toContain('No such token');
    expect(await readdir(dir)).toEqual(['toolbox.yaml']);
  });
});

describe('a project with nothing in it', () => {
  it('validates', async () => {
    expect(await run(await folder({ 'toolbox.yaml': PROJECT }), 'validate')).toMatchObject({ code: 0 });
  });
});

describe('a reader that leaves', () => {
  it('is no error', async () => {
    const dir = await folder({});
    const { child, ended } = start(dir, ['schema'], NO_ENGINE);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('files that are not for us', () => {
  it('a folder in place of toolbox.yaml is one diagnostic', async () => {
    const dir = await folder({});
    await mkdir(join(dir, 'toolbox.yaml'));
    await writeFile(join(dir, 'toolbox.yaml', 'x'), '');
    const { code, stderr } = await run(dir, 'validate');
    expect(code).toBe(1);
    expect(stderr).not.toContain('Unexpected error');
  });
});
