import { describe, expect, it } from 'vitest';
import { createNetwork } from '../../src/apply/create-network.js';
import { EngineRefusal } from '../../src/docker/errors.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Route } from '../../src/apply/routes-here.js';
import type { Step } from '../../src/plan/plan.js';

const STEP: Extract<Step, { do: 'create-network' }> = {
  do: 'create-network',
  address: 'network.published',
  name: 'n',
  subnet: '10.89.0.0/28',
  pool: '10.89.0.0/16',
  internal: false,
  labels: {},
};

const routes =
  (...subnets: string[]) =>
  (): Promise<Route[]> =>
    Promise.resolve(subnets.map((subnet) => ({ subnet, direct: true })));

/** An engine on which others have networks by the time it is asked. */
function engine(taken: string[], words = 'Pool overlaps with other one on this address space') {
  const asked: string[] = [];
  const listed = taken.map((Subnet) => ({
    Id: Subnet,
    Name: Subnet,
    Driver: 'bridge',
    Internal: false,
    IPAM: { Config: [{ Subnet }] },
  }));
  const port: Pick<Engine, 'createNetwork' | 'listNetworks'> = {
    createNetwork: ({ subnet }) => {
      asked.push(subnet);
      const refusal = new EngineRefusal(403, words, { method: 'POST', path: '/networks/create' });
      return taken.includes(subnet) ? Promise.reject(refusal) : Promise.resolve('id');
    },
    listNetworks: () => Promise.resolve(listed),
  };
  return { port, asked };
}

describe('createNetwork', () => {
  it('takes the planned subnet while it is free', async () => {
    const { port, asked } = engine(['10.89.0.16/28']);
    await createNetwork(STEP, port, routes());
    expect(asked).toEqual(['10.89.0.0/28']);
  });

  it('takes the next one when another project was quicker', async () => {
    const { port, asked } = engine(['10.89.0.0/28', '10.89.0.16/28']);
    await createNetwork(STEP, port, routes());
    expect(asked).toEqual(['10.89.0.0/28', '10.89.0.32/28']);
  });

  it('passes on every other refusal', async () => {
    const { port, asked } = engine(['10.89.0.0/28'], 'no space left on device');
    await expect(createNetwork(STEP, port, routes())).rejects.toThrow('no space left');
    expect(asked).toHaveLength(1);
  });

  it('says so when the pool is used up', async () => {
    const { port } = engine(['10.89.0.0/28']);
    await expect(createNetwork({ ...STEP, pool: '10.89.0.0/28' }, port, routes())).rejects.toThrow('overlaps');
  });

  it('takes none that this machine has a route of its own to, such as another engine’s network', async () => {
    const { port, asked } = engine(['10.89.0.16/28']);
    await createNetwork(STEP, port, routes('192.168.1.0/24', '10.89.0.0/28', '10.89.0.32/27'));
    expect(asked).toEqual(['10.89.0.64/28']);
  });

  it('does not give up where the routes cover the whole pool', async () => {
    const { port, asked } = engine(['10.89.0.0/28']);
    await createNetwork(STEP, port, routes('10.0.0.0/8'));
    expect(asked).toEqual(['10.89.0.0/28', '10.89.0.16/28']);
  });
});
