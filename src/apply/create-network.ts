/** A network in a subnet that was free when the plan was made: another project's apply may have taken it since. */
import { EngineRefusal } from '../docker/errors.js';
import type { Engine } from '../engine/engine.js';
import type { Step } from '../plan/plan.js';
import { freeSubnet } from '../plan/subnet.js';

const ATTEMPTS = 5;

export async function createNetwork(
  step: Extract<Step, { do: 'create-network' }>,
  engine: Pick<Engine, 'createNetwork' | 'listNetworks'>,
): Promise<void> {
  let subnet: string | null = step.subnet;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await engine.createNetwork({ ...step, subnet });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isTaken(error)) throw error;
      const networks = await engine.listNetworks();
      const taken = networks.flatMap((each) => (each.IPAM?.Config ?? []).flatMap((config) => config.Subnet ?? []));
      subnet = freeSubnet(step.pool, taken);
      if (subnet === null) throw error;
    }
  }
}

/** The engine has no code of its own for it. */
function isTaken(error: unknown): boolean {
  return error instanceof EngineRefusal && /overlap/i.test(error.words);
}
