/** Containers as people start them → declarations: what is kept, what is left to the image, what must not be written. */
import { describe, expect, it } from 'vitest';
import type { AdoptOptions, Adoption } from '../../src/compile/adopt.js';
import { adopt } from '../../src/compile/adopt.js';
import { looksSecret } from '../../src/compile/looks-secret.js';
import type { ContainerInspect, ImageInspect } from '../../src/model/inspect.js';

const IMAGE: ImageInspect = {
  Id: 'sha256:1',
  Os: 'linux',
  Architecture: 'amd64',
  Config: { Entrypoint: ['/server'], Cmd: ['--stdio'], Env: ['PATH=/bin', 'MODE=image'], User: '', WorkingDir: '/app' },
};

function container(
  config: Partial<ContainerInspect['Config']> = {},
  host: Partial<ContainerInspect['HostConfig']> = {},
  mounts: ContainerInspect['Mounts'] = [],
): ContainerInspect {
  return {
    Id: 'c',
    Name: '/old',
    Created: '',
    Image: 'sha256:1',
    State: { Status: 'running', Running: true, ExitCode: 0 },
    Config: {
      Image: 'x:1',
      Entrypoint: ['/server'],
      Cmd: ['--stdio'],
      Env: ['PATH=/bin', 'MODE=image'],
      WorkingDir: '/app',
      ...config,
    },
    HostConfig: host,
    Mounts: mounts,
    NetworkSettings: { Networks: {} },
  };
}

const given = new Set<string>();
const OPTIONS: AdoptOptions = {
  name: 'files',
  reference: 'x@sha256:2',
  http: null,
  source: (path) => (path === '/run' ? { refused: 'no.' } : { source: path, root: path === '/far' ? path : null }),
  target: (path) => (path === '/tmp' ? 'is taken.' : null),
  volume: (name) => (name === 'theirs' ? { refused: 'it is theirs.' } : { name: `v-${name}`, isNew: name !== 'known' }),
  variable: (wish) => {
    const name = given.has(wish) ? `${wish}-2` : wish;
    given.add(name);
    return name;
  },
};
const declared = (of: ContainerInspect, image: ImageInspect | null = IMAGE): Adoption => {
  given.clear();
  return adopt(of, image, OPTIONS);
};

describe('a declaration', () => {
  it('leaves to the image what the image gives', () => {
    expect(declared(container()).server).toEqual({ image: 'x@sha256:2' });
    expect(declared(container()).notes).toEqual(['It ran as root; its replacement runs as 65532:65532.']);
  });

  it.each<[string, ContainerInspect, Record<string, unknown>]>([
    ['arguments', container({ Cmd: ['a', '${x}'] }), { args: ['a', '$${x}'] }],
    ['an entrypoint', container({ Entrypoint: ['/other'], Cmd: [] }), { command: ['/other'] }],
    [
      'a command without entrypoint',
      container({ Entrypoint: null, Cmd: ['sh', '-c', 'x'] }),
      { command: ['sh', '-c', 'x'] },
    ],
    ['what differs in env', container({ Env: ['PATH=/bin', 'MODE=mine', 'A='] }), { env: { MODE: 'mine', A: '' } }],
    ['a user', container({ User: '1000:1000' }), { user: '1000:1000' }],
    ['a folder', container({ WorkingDir: '/w' }), { workdir: '/w' }],
    [
      'bounds',
      container({}, { Memory: 3 * 1024 ** 2, CpuQuota: 50_000, PidsLimit: 9 }),
      { resources: { memory: '3Mi', cpus: 0.5, pids: 9 } },
    ],
    ['restarts', container({}, { RestartPolicy: { Name: 'on-failure' } }), { restart: 'on-failure' }],
    [
      'a healthcheck',
      container({ Healthcheck: { Test: ['CMD', 'ok'], Interval: 3e10, Retries: 2 } }),
      { healthcheck: { test: ['CMD', 'ok'], interval: '30000ms', retries: 2 } },
    ],
  ])('keeps %s', (_name, from, expected) => {
    expect(declared(from).server).toEqual({ image: 'x@sha256:2', ...expected });
  });

  it('writes everything where the image is gone', () => {
    expect(declared(container({ User: '5' }), null).server).toMatchObject({
      command: ['/server'],
      args: ['--stdio'],
      env: { PATH: '/bin', MODE: 'image' },
      workdir: '/app',
    });
  });

  it('takes volumes as external ones, folders as mounts, and says what it leaves out', () => {
    const made = declared(
      container({}, {}, [
        { Type: 'volume', Name: 'data', Destination: '/data/', RW: true },
        { Type: 'volume', Name: 'known', Destination: '/known', RW: false },
        { Type: 'volume', Name: 'theirs', Destination: '/theirs', RW: true },
        { Type: 'bind', Source: '/far', Destination: '/far', RW: false },
        { Type: 'bind', Source: '/run', Destination: '/run/x', RW: true },
        { Type: 'bind', Source: '/t', Destination: '/tmp', RW: true },
        { Type: 'tmpfs', Destination: '/scratch', RW: true },
      ]),
    );
    expect(made.server.mounts).toEqual([
      { volume: 'v-data', target: '/data' },
      { source: '/far', target: '/far', readonly: true },
      { volume: 'v-known', target: '/known', readonly: true },
    ]);
    expect(made.volumes).toEqual({ 'v-data': { name: 'data' } });
    expect(made.mountRoots).toEqual(['/far']);
    expect(made.server.user).toBe('0:0');
    expect(made.notes).toEqual([
      'The mount at /run/x (/run) is left out: /run no.',
      'The mount at /scratch (tmpfs) is left out: a tmpfs cannot be declared.',
      'The mount at /theirs (theirs) is left out: it is theirs.',
      'The mount at /tmp (/t) is left out: /tmp is taken.',
      expect.stringContaining('`user: "0:0"` is kept'),
    ]);
  });
});

describe('what looks like a credential', () => {
  const key = 'ghp_0123456789abcdefghij0123456789abcdef';
  it('never stands in a declaration, by whatever way it came', () => {
    const made = declared(
      container({
        Env: ['PATH=/bin', 'API_KEY=short', `OTHER=${key}`, 'DB=postgres://u:pass@h/d', 'TOOLCRIB_X=1', 'TOKEN='],
        Cmd: [`--api-key=${key}`, '--token', 'abc', '--name', 'plain', key],
      }),
    );
    const text = JSON.stringify([made.server, made.variables, made.notes]);
    for (const value of ['short', key, 'pass', 'abc"']) expect(text).not.toContain(value);
    expect(made.server.args).toEqual([
      '--api-key=${files-api-key}',
      '--token',
      '${files-token}',
      '--name',
      'plain',
      '${files-api-key}',
    ]);
    expect(made.server.env).toEqual({
      API_KEY: '${files-api-key-2}',
      OTHER: '${files-api-key}',
      DB: '${files-db}',
      TOKEN: '',
    });
  });

  it.each<[string, ContainerInspect, unknown]>([
    [
      'a header',
      container({ Cmd: ['-H', 'Authorization: Bearer hidden1', '--header=X-Api-Key: hidden1'] }),
      { args: ['-H', '${files-H}', '--header=${files-header}'] },
    ],
    [
      'a line for a shell',
      container({ Entrypoint: ['sh'], Cmd: ['-c', 'exec server --port 80 --token=hidden1'] }),
      { command: ['sh'], args: ['-c', '${files-c}'] },
    ],
    [
      'a line with its option apart',
      container({ Cmd: ['exec server --api-key hidden1 --port 80'] }),
      { args: ['${files-argument-1}'] },
    ],
    [
      'what env sets',
      container({ Cmd: ['env', 'API_KEY=hidden1', 'server'] }),
      { args: ['env', '${files-argument-2}', 'server'] },
    ],
    ['a query', container({ Cmd: ['https://h.example/mcp?api_key=hidden1'] }), { args: ['${files-argument-1}'] }],
    [
      'a query and a password in env',
      container({ Env: ['UPSTREAM=https://h.example/?a=1&access_token=hidden1', 'PROXY=http://me:hidden1@h.example'] }),
      { env: { UPSTREAM: '${files-upstream}', PROXY: '${files-proxy}' } },
    ],
    [
      'a connection',
      container({ Env: ['CONN=Server=db;User=me;Password=hidden1;', 'BLOB=Name=a;AccountKey=hidden1'] }),
      { env: { CONN: '${files-conn}', BLOB: '${files-blob}' } },
    ],
    [
      'JSON',
      container({ Cmd: ['--config', '{"clientSecret": "hidden1"}'] }),
      { args: ['--config', '${files-config}'] },
    ],
    [
      'a healthcheck',
      container({ Healthcheck: { Test: ['CMD-SHELL', "curl -H 'Authorization: Bearer hidden1' http://127.0.0.1/"] } }),
      { healthcheck: { test: ['CMD-SHELL', '${files-healthcheck-2}'] } },
    ],
    [
      'a healthcheck’s option',
      container({ Healthcheck: { Test: ['CMD', 'check', '--token', 'hidden1'] } }),
      { healthcheck: { test: ['CMD', 'check', '--token', '${files-token}'] } },
    ],
  ])('never stands in a declaration inside %s', (_name, from, expected) => {
    const made = declared(from);
    expect(made.server).toMatchObject(expected as Record<string, unknown>);
    expect(JSON.stringify([made.server, made.variables, made.notes])).not.toContain('hidden1');
    expect(made.notes).toContainEqual(
      expect.stringMatching(
        /^(Argument \d|Word \d of the healthcheck|[A-Z]+)( \(.+\))? looks like a credential or holds one, so its whole value is a variable/,
      ),
    );
    expect(Object.values(made.values).every((value) => value.includes('hidden1'))).toBe(true);
  });

  it('is looked for in long values, in one pass', () => {
    for (const text of [
      'a'.repeat(200_000),
      '-a'.repeat(100_000),
      ' '.repeat(200_000),
      'a= '.repeat(70_000),
      '://'.repeat(70_000),
    ])
      expect(looksSecret(text)).toBe(false);
  });

  it.each([
    `run --with ${key}`,
    `https://h.example/${key}/mcp`,
    `{"value":"${key}"}`,
    'curl -H "authorization: basic dTpw" http://h',
    'server wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1',
    'mongodb://user:pw@db/x',
    'run mongodb://:pw@db/x',
  ])('%s', (value) => expect(looksSecret(value)).toBe(true));
  it.each([
    'exec server --port 8080 --dir=/data/projects/2026/some-long-folder-name-1',
    'https://a.example:8443/mcp?mode=fast&limit=10',
    'Server=db;Port=5432',
    'curl -fsS http://127.0.0.1:8080/health || exit 1',
    '{"level": "info", "paths": ["/data"]}',
    'npx -y @modelcontextprotocol/server-filesystem@2026.1.14 /data',
  ])('is not %s', (value) => expect(looksSecret(value)).toBe(false));

  it.each([key, 'sk-abc', 'AKIA0', 'eyJhbGciOi.eyJzdWIi.x', '0123456789abcdef0123456789abcdef', '-----BEGIN KEY'])(
    '%s',
    (value) => expect(looksSecret(value)).toBe(true),
  );
  it.each([
    'info',
    '/data/projects/2026/some-long-folder-name-1',
    'https://a.example/x',
    'mcp-server-time',
    '2026-11-28T00:00:00.000Z0123456789',
  ])('is not %s', (value) => expect(looksSecret(value)).toBe(false));
});
