/** `toolcrib destroy`: removes what the project has on the engine; volumes with data stay unless told otherwise. */
import type { Context } from './context.js';
import { apply } from './apply.js';
import type { ApplyOptions, ApplyResult } from './apply.js';

export function destroy(
  context: Context,
  options: Omit<ApplyOptions, 'destroy'> & { volumes: boolean },
): Promise<ApplyResult> {
  return apply(context, { ...options, destroy: true });
}
