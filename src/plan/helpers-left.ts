/** Helper containers of an interrupted command: seeds of volumes, sealed probes, rehearsals. Never the lock, which frees itself. */
import type { Address } from '../model/address.js';
import { engineName } from '../model/labels.js';
import type { ActualState, DesiredState } from '../model/state.js';
import { beside, removal } from './changes.js';
import type { Change, Step } from './plan.js';

export interface HelperSteps {
  change: Change;
  step: Step;
}

/**
 * Those in the way of nobody, and those that go with the making of their volume: until the owner is set, the seed is
 * all that tells a half made volume from a whole one.
 */
export function helpersLeft(desired: DesiredState, actual: ActualState): { go: HelperSteps[]; seeds: Change[] } {
  const seeds = new Set(desired.volumes.map((volume) => engineName.seed(desired.project.name, volume.name)));
  const isSeed = ({ name, volume }: Leftover): boolean => volume !== null && seeds.has(name.replace(/^\//, ''));
  return {
    go: helperSteps(
      desired,
      actual.leftovers.filter((each) => !isSeed(each)),
    ),
    seeds: helperSteps(desired, actual.leftovers.filter(isSeed)).map(({ change }) => change),
  };
}

type Leftover = ActualState['leftovers'][number];

export function helperSteps({ project }: DesiredState, leftovers: readonly Leftover[]): HelperSteps[] {
  return leftovers.map(({ id, name }) => {
    const address = addressOf(name.replace(/^\//, '').slice(`toolcrib.${project.name}.`.length));
    return {
      change: removal(address, `${name.replace(/^\//, '')} is left over from an interrupted command`),
      step: { do: 'remove-container', address: 'control', id },
    };
  });
}

/** `probe.files.NONCE`, `seed.VOLUME` and `rehearsal.proxy` (model/labels.ts). */
function addressOf(name: string): Address {
  const [kind = '', ...rest] = name.split('.');
  if (kind === 'rehearsal') return beside(rest[0] === 'bridge' ? 'bridge' : 'proxy', kind);
  return kind === 'probe' ? beside(`server.${rest[0] ?? ''}`, kind) : beside(`volume.${rest.at(-1) ?? ''}`, kind);
}
