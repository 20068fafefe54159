/** Networks. Their names are not unique before API 1.44, so the engine is asked to check, and ids are used. */
import type { Engine } from '../engine/engine.js';
import type { NetworkInspect } from '../model/inspect.js';
import type { Api } from './api.js';
import { isNotFound } from './errors.js';

export function networkCalls(api: Api): Pick<Engine, 'listNetworks' | 'createNetwork' | 'removeNetwork'> {
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
  };
}
