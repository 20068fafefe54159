/**
 * A network in a subnet that was free when the plan was made: another project's apply may have taken it since. The plan
 * knows the engine's networks only; where this machine has a route of its own to that subnet (another engine's network, a
 * VPN), whoever calls the proxy from here would reach somebody else, so another one is taken where there is one.
 */
import { EngineRefusal } from '../docker/errors.js';
import type { Engine } from '../engine/engine.js';
import type { Step } from '../plan/plan.js';
import { freeSubnet, overlaps } from '../plan/subnet.js';
import { routesHere, type Route } from './routes-here.js';

const ATTEMPTS = 5;

type Networks = Pick<Engine, 'createNetwork' | 'listNetworks'>;

export async function createNetwork(
  step: Extract<Step, { do: 'create-network' }>,
  engine: Networks,
  readRoutes: () => Promise<Route[]> = routesHere,
): Promise<void> {
  const routes = (await readRoutes()).map(({ subnet }) => subnet);
  // For an engine that is elsewhere this costs nothing: any free subnet will do.
  let subnet = routes.some((each) => overlaps(each, step.subnet))
    ? ((await another(step.pool, engine, routes)) ?? step.subnet)
    : step.subnet;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await engine.createNetwork({ ...step, subnet });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isTaken(error)) throw error;
      const free = (await another(step.pool, engine, routes)) ?? (await another(step.pool, engine, []));
      if (free === null) throw error;
      subnet = free;
    }
  }
}

async function another(pool: string, engine: Networks, besides: readonly string[]): Promise<string | null> {
  const networks = await engine.listNetworks();
  const taken = networks.flatMap((each) => (each.IPAM?.Config ?? []).flatMap((config) => config.Subnet ?? []));
  return freeSubnet(pool, [...taken, ...besides]);
}

/** The engine has no code of its own for it. */
function isTaken(error: unknown): boolean {
  return error instanceof EngineRefusal && /overlap/i.test(error.words);
}
