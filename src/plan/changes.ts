/** Changes with nothing particular about them, and the order in which a plan lists all of them. */
import type { Address } from '../model/address.js';
import { kindOf } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import type { Change } from './plan.js';

/** @param state the resource whole, where there is anything to say of it. */
export function unchanged(address: Address, reason = 'as declared', state: JsonObject = {}): Change {
  const same = { before: state, after: state };
  return { address, action: 'no-op', cause: null, disruption: 'none', reason, fields: [], unknown: [], ...same };
}

export function removal(address: Address, reason: string, state: JsonObject = {}): Change {
  return { ...unchanged(address, reason, state), action: 'delete', after: null };
}

/** An address of its own for something that stands beside the resource: `server.files@3`. */
export function beside(address: Address, what: string | number): Address {
  return `${address}@${what}` as Address;
}

const KINDS: readonly string[] = ['server', 'control', 'bridge', 'proxy', 'network', 'volume', 'image', 'policy'];

export function sortChanges(changes: readonly Change[]): Change[] {
  const place = ({ address }: Change): number => KINDS.indexOf(kindOf(address).replace(/@.*$/, ''));
  return [...changes].sort((a, b) => place(a) - place(b) || (a.address < b.address ? -1 : 1));
}
