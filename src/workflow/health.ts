/** Whether a project does what it is there for, in one place: what is wrong, worst first. */
import type { Address } from '../model/address.js';

export interface Health {
  /** down: nobody can call anything. degraded: not every server serves as it should. */
  state: 'healthy' | 'degraded' | 'down';
  problems: { address: Address; reason: string }[];
}

export type Standing = 'running' | 'stopped' | 'missing';

interface Served {
  address: Address;
  state: string;
  reason: string | null;
}

export function healthOf(system: { proxy: Standing; bridge: Standing }, servers: readonly Served[]): Health {
  const own = (['proxy', 'bridge'] as const).flatMap((address) =>
    system[address] === 'running' ? [] : [{ address, reason: `it is ${system[address]}` }],
  );
  // One that runs or is remote has a reason only where something is withheld.
  const ill = servers.flatMap(({ address, state, reason }) =>
    reason === null && (state === 'running' || state === 'remote')
      ? []
      : [{ address, reason: reason ?? `it is ${state}` }],
  );
  const down = system.proxy !== 'running' || (servers.length > 0 && servers.every((each) => !serves(each)));
  return { state: down ? 'down' : own.length + ill.length > 0 ? 'degraded' : 'healthy', problems: [...own, ...ill] };
}

const serves = ({ state }: Served): boolean => state === 'running' || state === 'remote';
