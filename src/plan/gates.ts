/**
 * What a plan may not be carried out for, however much it is wanted: removing what `prevent_destroy` protects. The live
 * policy remembers who was protected when it was last applied, so that deleting the lines does not delete the server.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import { kindOf } from '../model/address.js';
import type { ActualState, DesiredState } from '../model/state.js';
import type { Change } from './plan.js';

/** @param from addresses under which the engine knows what moved. */
export function refusals(
  changes: readonly Change[],
  desired: DesiredState,
  actual: ActualState,
  from: ReadonlyMap<Address, Address>,
): Diagnostic[] {
  const moved = new Set<Address>(from.values());
  const gone = changes.filter(({ action }) => action === 'delete').map(({ address }) => address);
  const declared = desired.protected.filter(({ address }) => gone.includes(from.get(address) ?? address));
  const remembered = (actual.policy?.protected ?? []).filter(
    (name) =>
      !moved.has(`server.${name}`) &&
      gone.includes(`server.${name}`) &&
      !desired.containers.some((each) => each.address === `server.${name}`),
  );
  return [
    ...declared.map(({ address, range }) =>
      problem(
        'prevent_destroy',
        `${address} would be removed, and \`prevent_destroy\` forbids it.`,
        kindOf(address) === 'volume'
          ? 'Leave `--volumes` out; or set `prevent_destroy: false`, if its data is to be lost.'
          : 'Set `prevent_destroy: false` and apply, if it is to go.',
        { address, range },
      ),
    ),
    ...remembered.map((name) =>
      problem(
        'prevent_destroy',
        `server.${name} is no longer declared, and it had \`prevent_destroy\` when it was last applied.`,
        `Declare it again; to remove it, set \`prevent_destroy: false\`, apply, and remove it then. If it was renamed, write \`moved: [{from: server.${name}, to: server.NEW}]\`.`,
        { address: `server.${name}` },
      ),
    ),
  ];
}
