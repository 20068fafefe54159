/** Helper containers of an interrupted command: seeds of volumes, sealed probes. Never the lock, which frees itself. */
import type { Address } from '../model/address.js';
import type { ActualState, DesiredState } from '../model/state.js';
import { beside, removal } from './changes.js';
import type { Change, Step } from './plan.js';

export function helperSteps({ project }: DesiredState, actual: ActualState): { change: Change; step: Step }[] {
  return actual.leftovers.map(({ id, name }) => {
    const address = addressOf(name.replace(/^\//, '').slice(`toolcrib.${project.name}.`.length));
    return {
      change: removal(address, `${name.replace(/^\//, '')} is left over from an interrupted command`),
      step: { do: 'remove-container', address: 'control', id },
    };
  });
}

/** `probe.files.NONCE` and `seed.VOLUME` (model/labels.ts). */
function addressOf(name: string): Address {
  const [kind = '', ...rest] = name.split('.');
  return kind === 'probe' ? beside(`server.${rest[0] ?? ''}`, kind) : beside(`volume.${rest.at(-1) ?? ''}`, kind);
}
