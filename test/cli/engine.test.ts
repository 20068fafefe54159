/** The commands that speak to an engine, as a shell runs them: their output, their JSON, their exit codes. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as runInProcess } from '../../src/cli/run.js';
import { PROGRAM, expectToolcrib, start, toolcrib } from '../support/cli.js';
import { containersOf } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';
import { fakeIo } from './fake-io.js';
import { NO_ENGINE } from './folder.js';

const DECLARATION = `servers:
  echo: {build: ./echo, resources: {memory: 64Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants:
      - server: echo
        tools: [echo]
        arguments: {echo: {properties: {path: {within: /data}}}}
`;

const ESCAPE = /\u001b/;

let home: Project;
let token: string;
const run = (...args: string[]) => toolcrib(home.dir, args);
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await expectToolcrib(home.dir, args)).stdout);

beforeAll(async () => {
  home = await project('cli-engine', DECLARATION);
});
afterAll(() => home.end());

describe('before the first lock', () => {
  it('plan names the command that makes it', async () => {
    const { code, stdout, stderr } = await run('plan');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('No lock file');
    expect(stderr).toContain('toolcrib lock');
  });

  it('lock --check exits 2 and writes nothing', async () => {
    const { code, stdout } = await run('lock', '--check');
    expect(code).toBe(2);
    expect(stdout).toContain('+ server.echo (3 tools)');
    expect(stdout).toContain('nothing was written');
    await expect(readFile(join(home.dir, 'toolbox.lock.yaml'))).rejects.toThrow('ENOENT');
  });
});

describe('locked, not applied', () => {
  beforeAll(async () => {
    await expectToolcrib(home.dir, ['lock']);
    token = await issueToken(home.dir, 'bot', '--label', 'for the test');
  });

  it('lock has nothing more to do', async () => {
    expect(await json('lock', '--check', '--json')).toMatchObject({
      changed: false,
      servers: [{ address: 'server.echo', action: 'unchanged', tools: 3 }],
    });
  });

  it.each([['plan'], ['apply'], ['status'], ['destroy']])('%s says when no engine answers', async (name) => {
    const text = await toolcrib(home.dir, [name], NO_ENGINE);
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 1, stdout: '' });
    expect(text.stderr).toContain('No Docker engine answers');
    const { code, stdout } = await toolcrib(home.dir, [name, '--json'], NO_ENGINE);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ diagnostics: [{ severity: 'error', code: 'engine_unreachable' }] });
  });

  it('explain needs no engine, and names the rule with file and line', async () => {
    const explain = async (tool: string, args: string) =>
      JSON.parse(
        (await toolcrib(home.dir, ['explain', 'bot', 'echo', tool, '--arguments', args, '--json'], NO_ENGINE)).stdout,
      ) as unknown;
    const lines = (await readFile(join(home.dir, 'toolbox.yaml'), 'utf8')).split('\n');
    const line = lines.findIndex((each) => each.includes('- server: echo')) + 1;
    const rule = { file: 'toolbox.yaml', line, path: 'agents.bot.grants[0]' };
    expect(await explain('echo', '{"path":"/data/a"}')).toMatchObject({
      decision: 'allow',
      rule,
      steps: expect.any(Array),
    });
    expect(await explain('echo', '{"path":"/etc/passwd"}')).toMatchObject({ decision: 'deny', reason: 'arguments' });
    expect(await explain('secret', '{}')).toMatchObject({
      decision: 'deny',
      rule: { file: null, line: null, path: 'default' },
    });
    const text = await toolcrib(home.dir, ['explain', 'bot', 'echo', 'ecco', '--arguments', '{}'], NO_ENGINE);
    expect(text.stdout).toContain('did you mean `echo`?');
  });

  it('validate holds the grants against the lock', async () => {
    await home.declare(DECLARATION.replace('tools: [echo]', 'tools: [echo, ecco]'));
    const { code, stdout } = await toolcrib(home.dir, ['validate', '--json'], NO_ENGINE);
    await home.declare(DECLARATION);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ valid: false });
    expect((JSON.parse(stdout) as { diagnostics: unknown[] }).diagnostics[0]).toMatchObject({
      code: 'unknown_tool',
      fix: expect.stringContaining('echo'),
      range: { file: 'toolbox.yaml', start: { line: 16 } },
    });
  });

  it('plan exits 2 with --detailed-exitcode, and 0 without', async () => {
    const plan = await run('plan');
    expect(plan.code).toBe(0);
    expect(plan.stdout).toContain('server.echo');
    expect(plan.stdout).not.toMatch(ESCAPE);
    expect((await run('plan', '--detailed-exitcode', '--json')).code).toBe(2);
  });

  it('status says that nothing is there', async () => {
    expect(await json('status', '--json')).toMatchObject({
      proxy: { state: 'missing', policy: null },
      servers: [{ address: 'server.echo', state: 'missing' }],
    });
    expect(await containersOf(home.name)).toEqual([]);
  });

  it.each([
    [['audit'], 'is not on this engine'],
    [['logs', 'echo'], 'Run `toolcrib apply` first'],
    [['logs', 'ecco'], 'Did you mean `echo`?'],
  ])('%j says so, too', async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('apply asks; where nobody can answer it shows the plan and changes nothing', async () => {
    for (const args of [['apply'], ['apply', '--no-input']]) {
      const { code, stdout, stderr } = await run(...args);
      expect(code).toBe(1);
      expect(stdout).toContain('server.echo');
      expect(stderr).toContain('--auto-approve');
    }
    expect(await containersOf(home.name)).toEqual([]);
  });
});

/** As at a terminal: the question gets an answer. */
async function answer(command: string, word: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = {
    ...fakeIo({
      terminal: true,
      cwd: home.dir,
      env: { ...(process.env as Record<string, string>), NO_COLOR: '1', CI: '' },
    }),
    distribution: dirname(PROGRAM),
  };
  io.stdin.write(`${word}\n`);
  const code = await runInProcess([command], io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

describe('at a terminal', () => {
  it('a no changes nothing, exit 1', async () => {
    const { code, stdout, stderr } = await answer('apply', 'n');
    expect({ code, asked: stderr.includes('Apply these changes? [y/N]') }).toEqual({ code: 1, asked: true });
    expect(stdout).toMatch(/Nothing was changed\.\n$/);
    expect(await containersOf(home.name)).toEqual([]);
  });

  it('a yes applies what was shown, though the images were not there when it was', async () => {
    const { code, stdout, stderr } = await answer('apply', 'y');
    expect(stderr).not.toContain('error[');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Applied: \d+ steps\.$/m);
    expect(stderr).toMatch(/✓ server\.echo: gating generation 1/);
  });

  it('destroy asks as well, and leaves no container', async () => {
    expect(await answer('destroy', 'y')).toMatchObject({ code: 0 });
    expect(await containersOf(home.name)).toEqual([]);
  });
});

describe('applied', () => {
  beforeAll(async () => {
    const { stdout, stderr } = await expectToolcrib(home.dir, ['apply', '--auto-approve']);
    expect(stdout).toMatch(/^Applied: \d+ steps\.$/m);
    expect(stderr).toContain('Next: toolcrib status');
    expect(stdout + stderr).not.toMatch(ESCAPE);
  });

  it('a second apply has nothing to do', async () => {
    expect(await json('apply', '--auto-approve', '--json')).toEqual({
      result: 'unchanged',
      interrupted: false,
      done: [],
      failed: [],
      skipped: [],
      diagnostics: [],
    });
  });

  it('status --json is what DESIGN.md says, with the health of all and what an ill server last said, and nothing else', async () => {
    expect(await json('status', '--json')).toEqual({
      project: home.name,
      engine: { id: expect.any(String), version: expect.any(String) },
      proxy: {
        state: 'running',
        endpoint: `http://127.0.0.1:${home.port}/mcp`,
        policy: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      servers: [
        {
          address: 'server.echo',
          state: 'running',
          reason: null,
          image: expect.any(String),
          restarts: 0,
          tools: 3,
          drift: false,
          instances: [],
          stderr: [],
        },
      ],
      health: { state: 'healthy', problems: [] },
      agents: [{ address: 'agent.bot', tools: 1, tokens: 1 }],
    });
    expect((await run('status')).stdout).toMatch(/^echo +running +3 /m);
  });

  it('status says where the proxy is, doctor where it would have to move to', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const taken = (other.address() as AddressInfo).port;
    await home.declare(DECLARATION, taken);
    expect(await json('status', '--json')).toMatchObject({
      proxy: { state: 'running', endpoint: `http://127.0.0.1:${home.port}/mcp` },
    });
    const { stdout } = await run('doctor', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string }[] };
    expect(findings.find(({ check }) => check === 'port')).toMatchObject({ state: 'fail' });
    await new Promise((resolve) => other.close(resolve));
    await home.declare(DECLARATION);
  });

  it('logs show events and what the server said, whole or by the tail', async () => {
    const all = (await expectToolcrib(home.dir, ['logs', 'echo', '--json'])).stdout.trim().split('\n');
    const events = all.map((line) => JSON.parse(line) as { server: string; generation: number; event?: string });
    expect(new Set(events.map((each) => each.server))).toEqual(new Set(['echo']));
    expect(events.map((each) => each.event)).toContain('started');
    const last = (await expectToolcrib(home.dir, ['logs', 'echo', '--tail', '1', '--json'])).stdout;
    expect(last).toBe(`${all.at(-1)}\n`);
    expect((await expectToolcrib(home.dir, ['logs', 'echo', '--tail', '0'])).stdout).toBe('');
  });

  it('logs --follow ends with its reader', async () => {
    const { child, ended } = start(home.dir, ['logs', 'echo', '--follow']);
    await Promise.race([new Promise((resolve) => child.stdout?.once('data', resolve)), ended]);
    child.kill('SIGINT');
    expect((await ended).signal).toBe('SIGINT');
  });

  it('audit filters, in text and in lines of JSON', async () => {
    const call = (bearer: string) =>
      fetch(`http://127.0.0.1:${home.port}/mcp`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${bearer}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      });
    expect((await call('tcb_nonsense')).status).toBe(401);
    const lines = (await expectToolcrib(home.dir, ['audit', '--decision', 'deny', '--json'])).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { type: 'decision', decision: 'deny', agent: null },
    ]);
    expect((await expectToolcrib(home.dir, ['audit', '--decision', 'deny', '--tail', '1'])).stdout).toContain(
      'unauthenticated',
    );
    expect((await expectToolcrib(home.dir, ['audit', '--agent', 'nobody', '--json'])).stdout).toBe('');
    expect((await expectToolcrib(home.dir, ['audit', '--since', '2100-01-01T00:00:00Z'])).stdout).toBe('');
  });

  it('audit verify holds the log and an export of it; a changed export is named by its line', async () => {
    const verdict = JSON.parse((await expectToolcrib(home.dir, ['audit', 'verify', '--json'])).stdout) as Record<
      string,
      unknown
    >;
    expect(verdict).toMatchObject({ broken: null, mended: 0 });
    expect(verdict['kept']).toBeGreaterThan(0);
    expect((await expectToolcrib(home.dir, ['audit', 'verify'])).stdout).toContain('is what was written');
    const { stdout } = await expectToolcrib(home.dir, ['audit', 'export']);
    const copy = join(home.dir, 'copy.jsonl');
    const key = ['--key', String(verdict['key'])];
    await writeFile(copy, stdout);
    await expectToolcrib(home.dir, ['audit', 'verify', 'copy.jsonl', ...key]);
    await writeFile(copy, stdout.replace('"why":"start"', '"why":"other"'));
    const broken = await toolcrib(home.dir, ['audit', 'verify', 'copy.jsonl', ...key]);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(
      /audit_broken[^]*copy\.jsonl, line \d+ \(number \d+\): is not the line that was written/,
    );
  });

  it('audit --follow shows what comes', async () => {
    const { child, ended } = start(home.dir, ['audit', '--follow', '--tail', '0', '--json']);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    while (text === '') {
      await fetch(`http://127.0.0.1:${home.port}/mcp`, { headers: { authorization: 'Bearer tcb_followed' } });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ decision: 'deny', method: 'GET' });
    child.kill('SIGINT');
    await ended;
  });

  it('token revoke --now reaches the live proxy', async () => {
    const id = token.split('_')[1] ?? '';
    const { stdout } = await expectToolcrib(home.dir, ['token', 'revoke', id, '--now', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ id, live: true });
    const status = async () =>
      (
        await fetch(`http://127.0.0.1:${home.port}/mcp`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
        })
      ).status;
    await expect.poll(status, { timeout: 10_000 }).toBe(401);
  });

  it('a server that fails its gate leaves a partial apply, exit 6, and the old one serving', async () => {
    await home.declare(DECLARATION.replace('resources:', 'env: {EXIT_AT_ONCE: "1"}, resources:'));
    const { code, stdout, stderr } = await run('apply', '--auto-approve', '--timeout', '20s', '--json');
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ result: 'partial', failed: [{ address: 'server.echo' }] });
    expect(stderr).toContain('failed');
    expect(await json('status', '--json')).toMatchObject({ servers: [{ address: 'server.echo', state: 'running' }] });
    await home.declare(DECLARATION);
    await expectToolcrib(home.dir, ['apply', '--auto-approve']);
  });

  it('refuses a spoilt lock before it looks at anything', async () => {
    const file = join(home.dir, 'toolbox.lock.yaml');
    const good = await readFile(file, 'utf8');
    await writeFile(file, good.replace(/(definitions: sha256:)[0-9a-f]{64}/, `$1${'0'.repeat(64)}`));
    const { code, stderr } = await run('plan');
    await writeFile(file, good);
    expect(code).toBe(1);
    expect(stderr).toContain('Lock file cannot be trusted');
    await rm(`${file}.new`, { force: true });
  });
});
