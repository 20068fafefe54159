/** Networks. Their names are not unique before API 1.44, so the engine is asked to check, and ids are used. */
import type { Engine } from '../engine/engine.js';
import type { NetworkInspect } from '../model/inspect.js';
import type { Api } from './api.js';
import { EngineRefusal, isNotFound } from './errors.js';

type NetworkCalls = Pick<
  Engine,
  'listNetworks' | 'createNetwork' | 'removeNetwork' | 'connectNetwork' | 'disconnectNetwork'
>;

export function networkCalls(api: Api): NetworkCalls {
  return {
    listNetworks: () => api.json<NetworkInspect[]>({ method: 'GET', path: '/networks' }),
    async createNetwork({ name, subnet, internal, labels }) {
      const json = {
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Internal: internal,
        Attachable: false,
        EnableIPv6: false,
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
        Options: {},
        Labels: labels,
      };
      return (await api.json<{ Id: string }>({ method: 'POST', path: '/networks/create', json })).Id;
    },
    async removeNetwork(id) {
      try {
        await api.call({ method: 'DELETE', path: `/networks/${encodeURIComponent(id)}` });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    async connectNetwork(network, container) {
      try {
        await api.call({ method: 'POST', path: `${at(network)}/connect`, json: { Container: container } });
      } catch (error) {
        if (!saysSo(error, /already (exists in|attached to) network|already connected/i)) throw error;
      }
    },
    async disconnectNetwork(network, container) {
      const json = { Container: container, Force: true };
      try {
        await api.call({ method: 'POST', path: `${at(network)}/disconnect`, json });
      } catch (error) {
        if (!isNotFound(error) && !saysSo(error, /is not connected to/i)) throw error;
      }
    },
  };
}

function at(network: string): string {
  return `/networks/${encodeURIComponent(network)}`;
}

/** The engine has no code of its own for it. */
function saysSo(error: unknown, words: RegExp): boolean {
  return error instanceof EngineRefusal && words.test(error.words);
}
