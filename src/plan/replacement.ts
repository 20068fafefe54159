/** A container that is not Toolcrib's against what would take its place: every field of the table that differs. */
import type { ContainerSpec } from '../model/container.js';
import type { Json } from '../model/definitions.js';
import type { EngineFacts } from '../model/state.js';
import { SILENT } from './fields/differ.js';
import { resolve } from './fields/expected.js';
import type { FieldChange } from './plan.js';
import { expectedFields, liveFields } from './fields/projection.js';
import { shownPair } from './fields/sensitive.js';
import type { Live } from './fields/sides.js';

/** What every container of Toolcrib's has and no other: nothing to decide on. */
const OWN = /^(name|image|definitions|transport|instances|restarts|labels\..*|log|aliases|stdin_once)$/;

export function differences(
  spec: ContainerSpec,
  { inspect, image }: Pick<Live, 'inspect' | 'image'>,
  { swapLimit = true }: Pick<EngineFacts, 'swapLimit'>,
): FieldChange[] {
  const mounted = (inspect.Mounts ?? []).flatMap(({ Name }) => Name ?? []);
  const around = { networks: new Map<string, string>(), volumes: new Set(mounted), swapLimit };
  const should = expectedFields({ container: resolve(spec, image ?? SILENT), name: '' });
  const is = liveFields({ inspect, image, around });
  const fields = [...new Set([...is.keys(), ...should.keys()])].filter((field) => !OWN.test(field));
  return fields.flatMap((field): FieldChange[] => {
    const [before, after]: (Json | undefined)[] = [is.get(field)?.value, should.get(field)?.value];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    // The engine's own choice of one: nobody counts on it.
    if (field === 'hostname' && before === inspect.Id.slice(0, 12)) return [];
    return [{ field, ...shownPair(field, before, after), cause: 'config' }];
  });
}
