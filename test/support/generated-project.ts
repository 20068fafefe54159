/**
 * Declarations over every field of the format that one engine can carry out without the outside: what one names fits the
 * servers of `folders`, so that a lock made once serves all of them.
 */
import fc from 'fast-check';

/** Their sources, transports and definitions do not change: those are what a lock is about. */
const STDIO = ['alpha', 'beta'] as const;
const HTTP = 'web';
const ECHO_TOOLS = ['echo', 'whoami'];
const WEB_TOOLS = ['who', 'around'];

export interface Place {
  name: string;
  id: string;
  ports: readonly number[];
  pools: readonly string[];
}

type Block = Record<string, unknown>;

/** Each field is there or not, by itself. */
const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Block> =>
  fc.record(fields, { requiredKeys: [] });

const resources = some({
  memory: fc.constantFrom('64Mi', '96Mi'),
  cpus: fc.constantFrom(0.5, 1),
  pids: fc.constantFrom(32, 64),
});

const healthcheck = fc
  .tuple(
    fc.constantFrom<unknown>(['CMD', 'node', '-e', ''], 'true', ['NONE']),
    some({
      interval: fc.constantFrom('1m', '90s'),
      timeout: fc.constantFrom('5s', '1500ms'),
      retries: fc.constantFrom(1, 3),
      start_period: fc.constantFrom('2s', '10s'),
    }),
  )
  .map(([test, more]) => ({ test, ...more }));

const mounts = fc.subarray([
  { volume: 'notes', target: '/notes', readonly: true },
  { source: './docs', target: '/docs', readonly: true },
]);

const common = {
  args: fc.subarray(['--fast', 'a b', 'ü']),
  env: some({ MARK: fc.constantFrom('a', '${mark}', ''), EMPTY: fc.constant(''), NUMBER: fc.constantFrom(1, 2) }),
  user: fc.constantFrom<unknown>(1000, '1000:1001', '65532:65532'),
  workdir: fc.constantFrom('/', '/tmp'),
  healthcheck,
  resources,
  restart: fc.constantFrom('always', 'on-failure', 'never'),
  replace: fc.constantFrom('overlap', 'stop-first'),
  mounts,
};

const stdio = (name: string): fc.Arbitrary<Block> =>
  fc
    .tuple(
      some({ ...common, command: fc.constantFrom(['node', '/server.js'], ['node', '--no-warnings', '/server.js']) }),
      fc.constantFrom<Block>({}, {}, { alias: `${name}-too` }),
      // What may write is one container: neither a second copy, nor another generation beside it.
      fc.constantFrom<Block>(
        {},
        {},
        { instances: 'agent' },
        { instances: 'session' },
        { replicas: 2 },
        { mounts: [{ volume: `${name}-data`, target: '/data' }] },
      ),
    )
    .map(([fields, alias, shape]) => {
      const { replace, ...rest } = fields;
      const kept = 'mounts' in shape || replace === undefined ? {} : { replace };
      return { build: './echo', ...rest, ...kept, ...alias, ...shape };
    });

const web: fc.Arbitrary<Block> = some(common).map((fields) => ({
  build: './web',
  transport: { http: { port: 8080, path: '/mcp' } },
  ...fields,
}));

const limits = some({
  rate: fc.constantFrom('60/min', '5/s'),
  concurrent: fc.constantFrom(1, 4),
  timeout: fc.constantFrom('30s', '5s'),
  result: fc.constantFrom('64Ki', '1Mi'),
});

function grant(server: string): fc.Arbitrary<Block> {
  const names = server === HTTP ? WEB_TOOLS : ECHO_TOOLS;
  const tools = fc.constantFrom<unknown>('*', names, names.slice(0, 1), ['w*']);
  const plain = some({
    expires: fc.constantFrom('2099-01-01', '2098-06-30T12:00:00Z'),
    limits,
    audit: fc.constantFrom({ arguments: 'hmac' }, { arguments: 'full' }),
    server_requests: fc.subarray(['elicitation', 'roots', 'sampling'], { minLength: 1 }),
  });
  const narrowed = fc.constantFrom<Block>(
    {},
    { tools: ['echo'], arguments: { echo: { properties: { path: { within: '/data' } } } } },
    { tools: ['echo'], arguments: { '*': { properties: { message: { type: 'string', maxLength: 9 } } } } },
    { tools: ['echo'], set: { tenant: 'acme' } },
  );
  return fc
    .tuple(tools, plain, server === HTTP ? fc.constant<Block>({}) : narrowed)
    .map(([chosen, fields, rule]) => ({ server, tools: chosen, ...fields, ...rule }));
}

const IDENTITY = {
  issuer: 'https://idp.example.com',
  audience: 'tools',
  claims: { sub: 'bot' },
  algorithms: ['ES256'],
};
const jwt = some({
  jwks_uri: fc.constant('https://idp.example.com/keys'),
  private_addresses: fc.constant(['10.20.0.0/16']),
}).map((more) => ({ jwt: { ...IDENTITY, ...more } }));

/** Of a server, or of all of them: what no grant can give back, or calls that none can allow. */
const denial = (server: string): fc.Arbitrary<Block> =>
  server === HTTP
    ? fc.constant({ server, tools: ['who'] })
    : fc.constantFrom<Block>(
        { server, tools: ['whoami'] },
        { toolbox: 'generated', tools: ['whoami'] },
        { server, tools: ['echo'], arguments: { echo: { properties: { message: { const: 'no' } } } } },
      );

function agent(servers: readonly string[]): fc.Arbitrary<Block> {
  const grants = fc.subarray([...servers]).chain((chosen) => fc.tuple(...chosen.map(grant)));
  const deny = fc
    .subarray([...servers], { maxLength: Math.min(1, servers.length) })
    .chain((chosen) => fc.tuple(...chosen.map(denial)));
  const whole = fc.constantFrom<Block[]>([], [], [{ toolbox: 'generated', tools: ['w*'] }]);
  const byJwt = fc.option(jwt, { nil: null });
  return fc.tuple(grants, whole, deny, byJwt).map(([list, more, denied, identity]) => ({
    authenticate: [{ token: {} }, ...(identity ? [identity] : [])],
    grants: [...list, ...(servers.length > 0 ? more : [])],
    ...(denied.length > 0 && { deny: denied }),
  }));
}

const project = ({ name, id, ports, pools }: Place): fc.Arbitrary<Block> =>
  fc
    .tuple(
      fc.constantFrom(...ports.slice(1)),
      some({
        public_url: fc.constant('https://tools.example.com'),
        allowed_hosts: fc.constant(['tools.example.com']),
        allowed_origins: fc.constant(['https://app.example.com']),
        admin: fc.constant(`127.0.0.1:${ports[0]}`),
      }),
      some({
        audit: fc.constantFrom({ durability: 'process' }, { durability: 'power' }),
        mount_roots: fc.constant(['./docs']),
        required_version: fc.constant('>=0.1.0'),
        log_level: fc.constantFrom('error', 'warn'),
        telemetry: fc.constantFrom(
          { endpoint: 'http://192.0.2.9:4318', sample: 0.1 },
          { endpoint: 'http://192.0.2.9:4318' },
        ),
        environments: fc.constant({ prod: { name: `${name}-prod`, variables: { mark: 'prod' } } }),
      }),
      fc.constantFrom(...pools),
    )
    .map(([port, proxy, more, pool]) => ({
      name,
      id,
      network_pool: pool,
      runtimes: { node: { host: true } },
      proxy: { listen: `127.0.0.1:${port}`, ...proxy },
      ...more,
    }));

/** The declaration that a lock for all of them is made of. */
export function everyServer(place: Place): Block {
  const [, port] = place.ports;
  return {
    version: 1,
    toolbox: 'generated',
    project: {
      name: place.name,
      id: place.id,
      network_pool: place.pools[0],
      runtimes: { node: { host: true } },
      proxy: { listen: `127.0.0.1:${port}` },
    },
    servers: {
      alpha: { build: './echo' },
      beta: { build: './echo' },
      web: { build: './web', transport: { http: { port: 8080, path: '/mcp' } } },
    },
  };
}

export function generated(place: Place): fc.Arbitrary<Block> {
  return fc.subarray([...STDIO, HTTP]).chain((names) =>
    fc
      .record({
        project: project(place),
        mark: fc.constantFrom('one', 'two'),
        servers: fc.record(Object.fromEntries(names.map((name) => [name, name === HTTP ? web : stdio(name)]))),
        agents: fc.dictionary(fc.constantFrom('bot', 'cat'), agent(names), { maxKeys: 2 }),
      })
      .map(({ project: own, mark, servers, agents }) => ({
        version: 1,
        toolbox: 'generated',
        project: own,
        variables: { mark: { default: mark, description: 'what servers are marked with' } },
        volumes: { notes: {}, 'alpha-data': {}, 'beta-data': {} },
        servers,
        agents,
      })),
  );
}
