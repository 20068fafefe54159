/**
 * Declarations over every field of the format that one engine can carry out: what one names fits the test servers, so
 * that a lock made once serves all of them, and each may be applied over any other.
 */
import fc from 'fast-check';
import { agents } from './agents.js';
import { some, type Block, type Place } from './place.js';
import { OFFERS, plainServers, servers, TWINS } from './servers.js';

export type { Place } from './place.js';

export interface Generated extends Block {
  servers: Record<string, Block>;
}

const proxy = ({ ports, certificates }: Place): fc.Arbitrary<Block> =>
  fc
    .tuple(
      fc.constantFrom(...ports.slice(1)),
      some({
        public_url: fc.constant('https://tools.example.com'),
        allowed_hosts: fc.constant(['tools.example.com']),
        allowed_origins: fc.constant(['https://app.example.com']),
        admin: fc.constant(`127.0.0.1:${ports[0]}`),
        tls: fc.constantFrom(...certificates),
      }),
    )
    .map(([port, more]) => ({ listen: `127.0.0.1:${port}`, ...more }));

const project = (place: Place): fc.Arbitrary<Block> =>
  fc
    .record({
      name: fc.constantFrom(place.name, place.name, place.name, place.alias),
      own: proxy(place),
      more: some({
        audit: fc.constantFrom({ durability: 'process' }, { durability: 'power' }),
        mount_roots: fc.constant(['./docs']),
        required_version: fc.constant('>=0.1.0'),
        log_level: fc.constantFrom('error', 'warn'),
        telemetry: fc.constantFrom(
          { endpoint: 'http://192.0.2.9:4318', sample: 0.1 },
          { endpoint: 'http://192.0.2.9:4318' },
          { endpoint: 'https://192.0.2.9:4318', ca: place.ca },
        ),
        engine: fc.constant({ socket: place.socket }),
        environments: fc.constant({ prod: { name: `${place.name}-prod`, variables: { mark: 'prod' } } }),
      }),
      pool: fc.constantFrom(...place.pools),
    })
    .map(({ name, own, more, pool }) => ({
      name,
      id: place.id,
      previously: [name === place.name ? place.alias : place.name],
      network_pool: pool,
      runtimes: { node: { host: true }, ...(place.anySource && { python: { image: 'python:3.13' } }) },
      proxy: own,
      ...more,
    }));

/** What is declared was another one's before: containers, and what they wrote. */
function moves(names: readonly string[]): fc.Arbitrary<Block[]> {
  const [to, ...others] = TWINS.filter((each) => names.includes(each));
  const from = TWINS.find((each) => each !== to);
  if (to === undefined || others.length > 0) return fc.constant([]);
  return fc.subarray([
    { from: `server.${from}`, to: `server.${to}` },
    { from: `volume.${from}-data`, to: `volume.${to}-data` },
  ]);
}

function volumes({ external }: Place, moved: readonly Block[], kept: boolean): Block {
  const gone = moved.map(({ from }) => from);
  const own = [...TWINS, 'shelf'].map((each) => `${each}-data`).filter((each) => !gone.includes(`volume.${each}`));
  return {
    notes: kept ? { prevent_destroy: true } : {},
    legacy: { name: external },
    ...Object.fromEntries(own.map((each) => [each, {}])),
  };
}

/** The declaration that a lock for all of them is made of. */
export function everyServer(place: Place, name = place.name): Generated {
  const [, port] = place.ports;
  return {
    version: 1,
    toolbox: 'generated',
    project: {
      name,
      id: place.id,
      previously: [name === place.name ? place.alias : place.name],
      network_pool: place.pools[0],
      runtimes: { node: { host: true } },
      proxy: { listen: `127.0.0.1:${port}` },
    },
    servers: plainServers(place) as Generated['servers'],
  };
}

/** The same without protection: no declaration without a protected server may follow one with it. */
export function unprotected(declared: Generated): Generated {
  const freed = Object.entries(declared.servers).map(([name, { prevent_destroy: _, ...rest }]) => [name, rest]);
  return { ...declared, servers: Object.fromEntries(freed) as Generated['servers'] };
}

/** Whether servers of the one are protected that the other does not declare. */
export function holdsBack(before: Generated, after: Generated): boolean {
  const moved = (after.moved ?? []) as { from: string }[];
  return Object.entries(before.servers).some(
    ([name, { prevent_destroy: kept }]) =>
      kept === true && !(name in after.servers) && !moved.some(({ from }) => from === `server.${name}`),
  );
}

export function generated(place: Place): fc.Arbitrary<Generated> {
  return fc.subarray(Object.keys(OFFERS)).chain((names) =>
    fc
      .record({
        own: project(place),
        mark: fc.constantFrom('one', 'two'),
        declared: servers(names, place) as fc.Arbitrary<Generated['servers']>,
        granted: agents(names, place),
        moved: moves(names),
        kept: fc.boolean(),
      })
      .map(({ own, mark, declared, granted, moved, kept }) => ({
        version: 1,
        toolbox: 'generated',
        project: own,
        variables: { mark: { default: mark, description: 'what servers are marked with' } },
        volumes: volumes(place, moved, kept),
        moved,
        servers: declared,
        agents: granted,
      })),
  );
}
