/**
 * Which of an address's live containers is the one to compare with the declaration, which are left over from an
 * interrupted apply, and which number the next one gets.
 */
import type { Address } from '../model/address.js';
import { kindOf, nameOf } from '../model/address.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ActualState, OwnedContainer } from '../model/state.js';

export interface Standing {
  current: OwnedContainer | null;
  /** Neither serving nor wanted. */
  leftovers: OwnedContainer[];
  /** Every container of the address. */
  own: OwnedContainer[];
}

/** The serving one where the live policy names it; else the youngest that could still run. */
export function standing(address: Address, actual: ActualState): Standing {
  const own = containersAt(address, actual);
  const usable = own.filter(({ inspect }) => inspect.State.Status !== 'dead' && inspect.State.Status !== 'removing');
  const able = hasServed(address, namedFirst(usable));
  const served = kindOf(address) === 'server' ? (actual.policy?.routes[nameOf(address)] ?? null) : null;
  const youngest = Math.max(...able.map((each) => each.generation));
  const wanted = usable.some((each) => each.generation === served) ? served : youngest;
  const candidates = able.filter((each) => each.generation === wanted);
  const current = namedFirst(candidates)[0] ?? null;
  return { current, leftovers: own.filter((each) => each !== current), own };
}

/** Asked for each address, of the same containers. */
const found = new WeakMap<ActualState['containers'], Map<Address, OwnedContainer[]>>();

function containersAt(address: Address, { containers }: ActualState): OwnedContainer[] {
  let known = found.get(containers);
  if (!known) {
    known = new Map();
    for (const each of containers) {
      const others = known.get(each.address);
      if (others) others.push(each);
      else known.set(each.address, [each]);
    }
    found.set(containers, known);
  }
  return known.get(address) ?? [];
}

/** A new proxy or bridge that was never started, because apply was killed, has not taken the place of the old one. */
function hasServed(address: Address, usable: OwnedContainer[]): OwnedContainer[] {
  if (address !== 'proxy' && address !== 'bridge') return usable;
  const started = usable.filter(({ inspect }) => inspect.State.Status !== 'created');
  return started.length > 0 ? started : usable;
}

/**
 * Of something copied by hand, labels and all, only one bears the right name: whatever generation its labels give a
 * copy, it takes nobody's place.
 */
export function namedFirst(containers: OwnedContainer[]): OwnedContainer[] {
  const named = containers.filter(isNamed);
  return named.length > 0 ? named : containers;
}

function isNamed(container: OwnedContainer): boolean {
  const project = container.inspect.Config.Labels?.[LABEL.project] ?? '';
  return container.inspect.Name === `/${containerName(project, container.address, container.generation)}`;
}

/**
 * Higher than any generation that anything on the engine still speaks of. A number that the live policy or the proxy
 * remembers is not given to another container: it would pass as that one.
 */
export function nextGeneration(address: Address, own: readonly OwnedContainer[], actual: ActualState): number {
  const numbers = own.map((each) => each.generation);
  if (kindOf(address) === 'server') {
    const server = nameOf(address);
    numbers.push(actual.policy?.routes[server] ?? 0);
    for (const key of Object.keys(actual.ack?.generations ?? {})) {
      const at = key.lastIndexOf('@');
      if (key.slice(0, at) === server) numbers.push(Number(key.slice(at + 1)) || 0);
    }
  }
  return Math.max(0, ...numbers) + 1;
}

export function containerName(project: string, address: Address, generation: number): string {
  switch (address) {
    case 'proxy':
    case 'bridge':
    case 'control':
      return engineName[address](project, generation);
    default:
      return engineName.server(project, nameOf(address), generation);
  }
}
