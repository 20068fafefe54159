/** Saved plans on the real engine: what is applied is what was shown, or nothing is. */
import { createHash } from 'node:crypto';
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalize } from '../../src/definitions/canonical.js';
import type { Json } from '../../src/model/definitions.js';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containerOf, engineApi, inspect } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const CANARY = 'canary-f3b1c2';
const declaration = (memory: string): string => `variables:
  level: {default: info}
servers:
  echo: {build: ./echo, env: {LEVEL: "\${level}", API_TOKEN: ${CANARY}}, resources: {memory: ${memory}}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: [echo]}]
`;

let home: Project;
const at = (file: string): string => join(home.dir, file);
const id = async (address: string): Promise<string> => (await containerOf(home.name, address)).Id;

beforeAll(async () => {
  home = await project('saved-plan', declaration('64Mi'));
  await expectToolcrib(home.dir, ['lock']);
});
afterAll(() => home.end());

describe('a first plan, saved before there is any image', () => {
  it('is for its owner alone, and holds no secret', async () => {
    const { stdout, stderr } = await expectToolcrib(home.dir, ['plan', '--out', 'first.plan']);
    expect(stderr).toContain('Next: toolcrib apply first.plan');
    expect((await stat(at('first.plan'))).mode & 0o777).toBe(0o600);
    const text = await readFile(at('first.plan'), 'utf8');
    expect(text).not.toContain(CANARY);
    expect(stdout).not.toContain(CANARY);
    const { artifact, plan } = JSON.parse(text) as { artifact: Json; plan: { policyDigest: string } };
    expect(createHash('sha256').update(canonicalize(artifact)).digest('hex')).toBe(plan.policyDigest);
  });

  it('is shown without a project and without an engine, in every form', async () => {
    const anywhere = { DOCKER_HOST: 'unix:///nowhere.sock' };
    const shown = await expectToolcrib('/', ['show', at('first.plan')], 0, anywhere);
    const planned = await expectToolcrib(home.dir, ['plan']);
    expect(shown.stdout).toBe(planned.stdout);
    const markdown = await expectToolcrib('/', ['show', at('first.plan'), '--format', 'markdown'], 0, anywhere);
    expect(markdown.stdout).toBe((await expectToolcrib(home.dir, ['plan', '--format', 'markdown'])).stdout);
    const json = await expectToolcrib('/', ['show', at('first.plan'), '--json'], 0, anywhere);
    expect(JSON.parse(json.stdout)).toEqual(JSON.parse((await expectToolcrib(home.dir, ['plan', '--json'])).stdout));
  });

  it('is applied without asking, builds what it has to, and leaves nothing to do', async () => {
    const { stdout } = await expectToolcrib(home.dir, ['apply', 'first.plan', '--no-input']);
    expect(stdout).toMatch(/^Applied: \d+ steps\.$/m);
    await expectToolcrib(home.dir, ['plan', '--detailed-exitcode'], 0);
  });

  it('is stale once it was applied', async () => {
    const { stderr } = await expectToolcrib(home.dir, ['apply', 'first.plan'], 3);
    expect(stderr).toMatch(/container toolcrib\.saved-plan\.proxy\.g1: not there → there/);
  });
});

/** Each makes one thing move, and gives back how to undo it. */
type Move = () => Promise<() => Promise<unknown>>;
const edit =
  (file: string, change: (text: string) => string): Move =>
  async () => {
    const before = await readFile(at(file), 'utf8');
    await writeFile(at(file), change(before));
    return () => writeFile(at(file), before);
  };
const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const { status, body: said } = await engineApi(method, path, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${said}`);
  return said ? JSON.parse(said) : null;
};
const ours = (): Record<string, string> => ({ 'io.toolcrib.project': home.name, 'io.toolcrib.project-id': home.id });

const MOVES: [string, Move, RegExp[]][] = [
  [
    'a comment in toolbox.yaml',
    edit('toolbox.yaml', (text) => `${text}# later\n`),
    [/file toolbox\.yaml: sha256:[0-9a-f]{12} → sha256:[0-9a-f]{12}/],
  ],
  ['toolbox.yaml is broken', edit('toolbox.yaml', (text) => `${text}unknown: 1\n`), [/file toolbox\.yaml: sha256:/]],
  ['the lock', edit('toolbox.lock.yaml', (text) => `${text}# later\n`), [/file toolbox\.lock\.yaml: sha256:/]],
  [
    'one more declaration',
    async () => {
      await writeFile(at('more.toolbox.yaml'), 'version: 1\ntoolbox: more\n');
      return () => rm(at('more.toolbox.yaml'));
    },
    [/file more\.toolbox\.yaml: not there → sha256:/],
  ],
  [
    'a file that an image is built from',
    async () => {
      const before = await readFile(at('echo/server.js'), 'utf8');
      await appendFile(at('echo/server.js'), '// later\n');
      return () => writeFile(at('echo/server.js'), before);
    },
    [/build folder \.\/echo: sha256:[0-9a-f]{12} → sha256:[0-9a-f]{12}/],
  ],
  [
    'a token',
    async () => {
      const before = await issueToken(home.dir, 'bot');
      const token = /^tcb_([a-z0-9]+)_/.exec(before)?.[1] ?? '';
      return () => rm(at(`toolbox.tokens/${token}.yaml`));
    },
    [/file toolbox\.tokens\/[a-z0-9]+\.yaml: not there → sha256:/, /artifact digest: [0-9a-f]+ → [0-9a-f]+/],
  ],
  [
    'memory of a live container',
    async () => {
      const proxy = await id('proxy');
      const { Memory } = (await inspect(proxy)).HostConfig;
      await call('POST', `/containers/${proxy}/update`, { Memory: 200 << 20, MemorySwap: 200 << 20 });
      return () => call('POST', `/containers/${proxy}/update`, { Memory, MemorySwap: Memory });
    },
    [/container toolcrib\.saved-plan\.proxy\.g1: memory: \d+Mi → 200Mi/, /proxy\.g1: swap: \d+Mi → 200Mi/],
  ],
  [
    'a paused server',
    async () => {
      const server = await id('server.echo');
      await call('POST', `/containers/${server}/pause`);
      return () => call('POST', `/containers/${server}/unpause`);
    },
    [/container toolcrib\.saved-plan\.server\.echo\.g1: state: kept by the bridge → paused/],
  ],
  [
    'a container with our labels',
    async () => {
      const { Image } = await inspect(await id('proxy'));
      const labels = { ...ours(), 'io.toolcrib.address': 'server.echo', 'io.toolcrib.generation': '7' };
      const made = (await call('POST', '/containers/create?name=saved-plan-copy', { Image, Labels: labels })) as {
        Id: string;
      };
      return () => call('DELETE', `/containers/${made.Id}?force=true`);
    },
    [/container saved-plan-copy: not there → there/],
  ],
  [
    'a volume with our labels',
    async () => {
      await call('POST', '/volumes/create', { Name: 'toolcrib.saved-plan.volume.old', Labels: ours() });
      return () => call('DELETE', '/volumes/toolcrib.saved-plan.volume.old');
    },
    [/volume toolcrib\.saved-plan\.volume\.old: not there → local/],
  ],
];

describe('a plan for what changed', () => {
  beforeAll(async () => {
    await home.declare(declaration('96Mi'));
    await expectToolcrib(home.dir, ['plan', '--out', 'next.plan']);
  });

  it.each(MOVES)('is refused when this moved: %s', async (_what, move, expected) => {
    const server = await id('server.echo');
    const undo = await move();
    const ran = await toolcrib(home.dir, ['apply', 'next.plan']).finally(undo);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 3, stdout: '' });
    expect(ran.stderr).toContain('error[plan_stale]');
    for (const words of expected) expect(ran.stderr).toMatch(words);
    expect(ran.stderr).not.toContain(CANARY);
    // Just that moved, and nothing was done about the plan.
    expect(ran.stderr.match(/ → /g)?.length).toBe(expected.length);
    expect(await id('server.echo')).toBe(server);
    expect((await inspect(server)).HostConfig.Memory).toBe(64 << 20);
  });

  it('is refused with other variables: the same files declare something else', async () => {
    const { stderr } = await expectToolcrib(home.dir, ['apply', 'next.plan', '--var', 'level=debug'], 3);
    expect(stderr).toMatch(/declaration server\.echo: [0-9a-f]{16} → [0-9a-f]{16}/);
  });

  it('tells it to programs as well', async () => {
    const { stdout } = await expectToolcrib(home.dir, ['apply', 'next.plan', '--var', 'level=debug', '--json'], 3);
    expect(JSON.parse(stdout)).toMatchObject({ diagnostics: [{ code: 'plan_stale', severity: 'error' }] });
  });

  it.each([
    ['engine', 'id', 'ABCD', /engine id: ABCD → /],
    ['toolcrib', 'version', '0.0.9', /toolcrib version: 0\.0\.9 → /],
    ['project', 'id', 'another', /project id: another → /],
  ])('is refused when it was made for another %s', async (group, name, value, expected) => {
    const { digest: _old, ...saved } = JSON.parse(await readFile(at('next.plan'), 'utf8')) as Record<string, Json>;
    (saved.saw as Record<string, Record<string, Json>>)[group]![name] = value;
    const digest = `sha256:${createHash('sha256').update(canonicalize(saved)).digest('hex')}`;
    await writeFile(at('other.plan'), JSON.stringify({ ...saved, digest }));
    const { stderr } = await expectToolcrib(home.dir, ['apply', 'other.plan'], 3);
    expect(stderr).toMatch(expected);
  });

  it('does nothing that was written into it by hand', async () => {
    const { digest: _old, ...saved } = JSON.parse(await readFile(at('next.plan'), 'utf8')) as Record<string, Json>;
    const steps = (saved.plan as { steps: Json[] }).steps;
    steps.unshift({ do: 'remove-container', address: 'proxy', id: await id('proxy') });
    const digest = `sha256:${createHash('sha256').update(canonicalize(saved)).digest('hex')}`;
    await writeFile(at('evil.plan'), JSON.stringify({ ...saved, digest }));
    const { stderr } = await expectToolcrib(home.dir, ['apply', 'evil.plan'], 3);
    expect(stderr).toContain('step 1 of the plan');
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2), 'cut off or damaged'],
    ['edited', (text: string) => text.replace('"memory"', '"Memory"'), 'its digest does not match'],
    ['foreign', () => '{"format":"else"}', 'was not written by `toolcrib plan --out`'],
    ['no JSON', () => 'version: 1\n', 'it is no plan file'],
    ['empty', () => '', 'it is no plan file'],
    ['of the future', (text: string) => text.replace('"format_version":1', '"format_version":2'), 'in format 2'],
  ])('is one clear error when it is %s', async (_what, change, words) => {
    await writeFile(at('bad.plan'), change(await readFile(at('next.plan'), 'utf8')));
    for (const command of ['apply', 'show']) {
      const { stderr } = await expectToolcrib(home.dir, [command, 'bad.plan'], 1);
      expect(stderr.match(/error\[/g)).toHaveLength(1);
      expect(stderr).toContain('error[plan_file_invalid]');
      expect(stderr).toContain(words);
    }
  });

  it('is one clear error when it is not there', async () => {
    expect((await expectToolcrib(home.dir, ['apply', 'no.plan'], 1)).stderr).toContain('it is not there');
  });

  it('takes no further options', async () => {
    const { stderr } = await expectToolcrib(home.dir, ['apply', 'next.plan', '--target', 'server.echo'], 1);
    expect(stderr).toContain('A saved plan is applied as it is');
  });

  it('is applied when all that moved is back', async () => {
    await expectToolcrib(home.dir, ['apply', 'next.plan']);
    expect((await inspect(await id('server.echo'))).HostConfig.Memory).toBe(96 << 20);
    await expectToolcrib(home.dir, ['plan', '--detailed-exitcode'], 0);
  });
});

describe('the options of a plan', () => {
  it('--target changes one server; policy and the rest stay as they live', async () => {
    const edited = declaration('128Mi').replace('tools: [echo]', 'tools: [echo, whoami]');
    await home.declare(edited);
    const target = ['--target', 'server.echo'];
    const planned = await expectToolcrib(home.dir, ['plan', ...target, '--json', '--detailed-exitcode'], 2);
    expect(JSON.parse(planned.stdout)).toMatchObject({ complete: false, targets: ['server.echo'], access_changes: [] });
    await expectToolcrib(home.dir, ['apply', '--auto-approve', ...target]);
    expect((await inspect(await id('server.echo'))).HostConfig.Memory).toBe(128 << 20);
    await expectToolcrib(home.dir, ['plan', '--detailed-exitcode', ...target], 0);
    const { stdout } = await expectToolcrib(home.dir, ['plan', '--detailed-exitcode'], 2);
    expect(stdout).toContain('+ bot gains echo:whoami');
    expect(stdout).toContain('0 to create, 1 to update in place, 0 to replace, 0 to delete; access: 1 granted');
    await expectToolcrib(home.dir, ['apply', '--auto-approve']);
  });

  it('--target replaces a server, with the policy that lives', async () => {
    await home.declare(
      declaration('128Mi').replace('LEVEL: "${level}"', 'LEVEL: warn').replace('[echo]}', '[echo, whoami]}'),
    );
    const before = await id('server.echo');
    const target = ['--target', 'server.echo'];
    await expectToolcrib(home.dir, ['apply', '--auto-approve', ...target]);
    const after = await id('server.echo');
    expect(after).not.toBe(before);
    expect((await inspect(after)).Config.Env).toContain('LEVEL=warn');
    await expectToolcrib(home.dir, ['plan', '--detailed-exitcode'], 0);
  });

  it('--replace replaces what is as declared, server and proxy alike', async () => {
    const before = [await id('server.echo'), await id('proxy')];
    const ran = await expectToolcrib(home.dir, [
      ...['apply', '--auto-approve', '--replace', 'server.echo', '--replace', 'proxy', '--parallelism', '1'],
    ]);
    expect(ran.stdout).toContain('asked for by --replace');
    const after = [await id('server.echo'), await id('proxy')];
    expect(after.filter((each) => before.includes(each))).toEqual([]);
    await expectToolcrib(home.dir, ['plan', '--detailed-exitcode'], 0);
  });

  it.each([
    [['--target', 'server.ecco'], 'Did you mean `echo`?'],
    [['--target', 'echo'], 'takes an address such as `server.NAME`'],
    [['--target', 'proxy'], 'takes an address such as `server.NAME`'],
    [['--replace', 'network.published'], '`proxy`, `bridge` or `control`'],
    [['--replace', 'proxy', '--target', 'server.echo'], 'which --target leaves as it is'],
    [['--destroy', '--target', 'server.echo'], '--destroy removes everything'],
    [['--drift-only', '--out', 'x.plan'], '--out saves what apply can do'],
    [['--volumes'], 'what --destroy removes'],
  ])('%j is refused', async (options, words) => {
    const { stdout, stderr } = await expectToolcrib(home.dir, ['plan', ...options], 1);
    expect(stdout).toBe('');
    expect(stderr).toContain(words);
  });

  it('--drift-only shows what was changed outside toolcrib, and nothing that the file changes', async () => {
    expect((await expectToolcrib(home.dir, ['plan', '--drift-only', '--detailed-exitcode'], 0)).stdout).toContain(
      'No drift.',
    );
    const server = await id('server.echo');
    await call('POST', `/containers/${server}/update`, { PidsLimit: 77 });
    await home.declare(
      declaration('64Mi').replace('LEVEL: "${level}"', 'LEVEL: warn').replace('[echo]}', '[echo, whoami]}'),
    );
    const { stdout } = await expectToolcrib(home.dir, ['plan', '--drift-only', '--detailed-exitcode'], 2);
    expect(stdout).toMatch(/update in place \(drift\)\n.*\n +pids: +77 → 128\n/);
    expect(stdout).not.toContain('memory');
    expect(stdout).toMatch(/Drift: 0 to create, 1 to update in place/);
  });

  it('--destroy can be saved and applied, too, and leaves volumes with data', async () => {
    await expectToolcrib(home.dir, ['plan', '--destroy', '--out', 'end.plan']);
    expect((await expectToolcrib(home.dir, ['show', 'end.plan'])).stdout).toContain('everything is removed');
    const { stdout } = await expectToolcrib(home.dir, ['apply', 'end.plan']);
    expect(stdout).toMatch(/^Destroyed: \d+ steps\.$/m);
    await expectToolcrib(home.dir, ['plan', '--destroy', '--detailed-exitcode'], 0);
  });

  it('--target has nothing to stay as it lives before the first apply', async () => {
    const { stderr } = await expectToolcrib(home.dir, ['plan', '--target', 'server.echo'], 1);
    expect(stderr).toContain('Run `toolcrib apply` without `--target` first.');
  });
});
