/** Servers, in every field that can be said of them. What agents may be granted of each stands beside it. */
import fc from 'fast-check';
import { some, type Block, type Place } from './place.js';

/** What a server has to offer; the test servers of `test/support` have it, and so has a lock that is made up. */
export interface Offer {
  tools: readonly string[];
  /** Of the first tool. */
  argument?: string;
  prompts?: readonly string[];
  resources?: readonly string[];
}

const ECHO: Offer = { tools: ['echo', 'whoami'], argument: 'path' };

/** All that there can be, by name. */
export const OFFERS: Readonly<Record<string, Offer>> = {
  alpha: ECHO,
  beta: ECHO,
  web: { tools: ['who', 'around'] },
  shelf: {
    tools: ['count'],
    prompts: ['greet', 'leave'],
    resources: ['shelf:///one', 'shelf:///two', 'shelf:///by/{author}'],
  },
  far: { tools: ['list_issues', 'get_issue'] },
};
/** Those that may have been one another. */
export const TWINS = ['alpha', 'beta'] as const;

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
  { volume: 'legacy', target: '/legacy', readonly: true },
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
  prevent_destroy: fc.boolean(),
  mounts,
};

/** Which other source it may have, where any will do. */
const FIRST = (folder: string): Block => ({ build: folder });
const OTHERS = fc.oneof(
  fc.constantFrom<Block>({ image: 'one:1' }, { image: 'one:2' }, { pypi: 'snake@1.0.0' }, { pypi: 'snake' }),
  fc
    .tuple(fc.constantFrom('@s/p@1.0.0', '@s/p@^2'), some({ allow_scripts: fc.subarray(['one', 'two']) }))
    .map(([npm, more]) => ({ npm, ...more })),
  fc
    .tuple(fc.constantFrom('./echo', './shelf'), some({ build_network: fc.boolean() }))
    .map(([build, more]) => ({ build, ...(build === './shelf' && { dockerfile: 'Shelf.Dockerfile' }), ...more })),
);
const sourceOf = (fixed: Block, { anySource }: Place): fc.Arbitrary<Block> =>
  anySource ? fc.oneof(fc.constant(fixed), OTHERS) : fc.constant(fixed);

const stdio = (name: string, source: fc.Arbitrary<Block>): fc.Arbitrary<Block> =>
  fc
    .tuple(
      source,
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
    .map(([from, fields, alias, shape]) => {
      const { replace, ...rest } = fields;
      const kept = 'mounts' in shape || replace === undefined ? {} : { replace };
      return { ...from, ...rest, ...kept, ...alias, ...shape };
    });

const SHELF: Block = { build: './shelf', dockerfile: 'Shelf.Dockerfile', build_network: true };

const web: fc.Arbitrary<Block> = some(common).map((fields) => ({
  build: './web',
  transport: { http: { port: 8080, path: '/mcp' } },
  ...fields,
}));

const far = ({ remote }: Place): fc.Arbitrary<Block> =>
  some({ alias: fc.constant('far-too'), prevent_destroy: fc.boolean() }).map((fields) => ({ ...remote, ...fields }));

export function servers(names: readonly string[], place: Place): fc.Arbitrary<Block> {
  const all: Record<string, fc.Arbitrary<Block>> = {
    alpha: stdio('alpha', sourceOf(FIRST('./echo'), place)),
    beta: stdio('beta', sourceOf(FIRST('./echo'), place)),
    web,
    shelf: stdio('shelf', sourceOf(SHELF, place)),
    far: far(place),
  };
  return fc.record(Object.fromEntries(names.flatMap((name) => (all[name] ? [[name, all[name]]] : []))));
}

/** As a lock that is made once finds all of them. */
export const plainServers = ({ remote }: Place): Block => ({
  alpha: FIRST('./echo'),
  beta: FIRST('./echo'),
  web: { build: './web', transport: { http: { port: 8080, path: '/mcp' } } },
  shelf: SHELF,
  far: remote,
});
