/** A proxy with one agent for the suite and the suite's server upstream, reached through the front. */
import type { ServerDefinitions } from '../../src/model/definitions.js';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import { definitionsAt, serveRemote } from '../proxy/remote.js';
import { World } from '../proxy/world.js';
import type { Front } from './front.js';

/** @param granted to the agent, of the server `suite`. */
export async function behindFront(
  front: Front,
  url: string,
  granted: (definitions: ServerDefinitions) => PolicyGrant,
): Promise<World> {
  const definitions = await definitionsAt(url);
  const world = new World({ servers: {}, agents: { suite: [granted(definitions)] } });
  serveRemote(world.policy, 'suite', url, definitions);
  for (const host of ['localhost', '127.0.0.1'].map((name) => `${name}:${front.port}`)) {
    world.policy.hosts.push(host);
    world.policy.origins.push(`http://${host}`);
  }
  const token = world.token('suite');
  await world.start();
  Object.assign(front.to, { port: world.proxy.address.port, token });
  return world;
}

export const namesIn = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name).sort();
