/** `toolcrib proxy` and servers that speak HTTP: where this machine is not on the engine's networks it says so, and why. */
import { expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import type { NetworkInspect } from '../../src/model/inspect.js';
import type { Declared } from '../../src/workflow/declare.js';
import { ensureNetworks } from '../../src/workflow/foreground/networks.js';

const labels = {
  'io.toolcrib.project': 'own',
  'io.toolcrib.project-id': 'id',
  'io.toolcrib.address': 'network.server-web',
};
const network = { address: 'network.server-web', name: 'toolcrib.own.network.web', internal: true, labels };
const at = { file: 'toolbox.yaml', path: [] };
const declared = (pool: string): Declared =>
  ({
    desired: {
      networks: [
        { ...network, address: 'network.published' },
        { ...network, pool },
      ],
    },
    config: { servers: [{ name: 'web', at, transport: { type: 'http' } }], locate: () => undefined },
  }) as unknown as Declared;

/** One that makes networks which are nowhere near this machine. */
function elsewhere(): { engine: Engine; made: string[] } {
  const networks: NetworkInspect[] = [];
  const made: string[] = [];
  const engine = {
    listNetworks: () => Promise.resolve([...networks]),
    createNetwork: ({ name, subnet }: { name: string; subnet: string }) => {
      made.push(subnet);
      const IPAM = { Config: [{ Subnet: subnet }] };
      networks.push({ Id: name, Name: name, Driver: 'bridge', Internal: true, Labels: labels, IPAM });
      return Promise.resolve(name);
    },
  };
  return { engine: engine as unknown as Engine, made };
}

it('an engine that is reached over the network makes none, and is named', async () => {
  for (const endpoint of ['tcp://10.1.2.3:2376', 'ssh://me@build.example']) {
    const { engine, made } = elsewhere();
    await expect(ensureNetworks(engine, declared('203.0.113.0/24'), endpoint)).rejects.toThrow(
      `not on the engine's networks: the engine is reached by ${endpoint}`,
    );
    expect(made).toEqual([]);
  }
});

it('one whose networks are in a virtual machine is found out by the addresses of this one', async () => {
  const { engine, made } = elsewhere();
  await expect(ensureNetworks(engine, declared('203.0.113.0/24'), 'unix:///run/docker.sock')).rejects.toThrow(
    /Server web speaks HTTP .* those of a virtual machine, or of its own namespace \(rootless\)/,
  );
  expect(made).toEqual(['203.0.113.0/28']);
});

it('a full pool is told, and nothing is asked of an engine where no server speaks HTTP', async () => {
  const { engine } = elsewhere();
  const full = {
    ...engine,
    listNetworks: () => Promise.resolve([{ IPAM: { Config: [{ Subnet: '203.0.113.0/24' }] } }]),
  };
  await expect(
    ensureNetworks(full as unknown as Engine, declared('203.0.113.0/24'), 'unix:///run/docker.sock'),
  ).rejects.toThrow(/Every \/28 of 203\.0\.113\.0\/24/);
  const none = { ...declared('203.0.113.0/24'), desired: { networks: [] } } as unknown as Declared;
  await ensureNetworks({} as Engine, none, 'ssh://me@build.example');
});
