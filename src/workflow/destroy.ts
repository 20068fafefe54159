/**
 * `toolcrib destroy`: removes what the project has on the engine; volumes with data stay unless told otherwise.
 * It needs to know whose things they are, and nothing else: a lock that no longer fits is no reason to keep them.
 */
import type { ApplyOptions, ApplyResult } from './apply.js';
import { converge } from './apply.js';
import { beginDestroy } from './begin-destroy.js';
import type { Context } from './context.js';
import type { Planned } from './plan.js';

export async function destroy(
  context: Context,
  options: Omit<ApplyOptions, 'destroy'> & { volumes: boolean },
): Promise<ApplyResult> {
  const { engine, declared } = await beginDestroy(context);
  return converge(context, { engine, declared }, { ...options, destroy: true }, (first) =>
    Promise.resolve(systemImageThere(first)),
  );
}

/** Whatever image the project's own containers run on, or one that was built for them. */
export function systemImageThere({ survey, declared }: Planned): string | null {
  const { containers, ownImages } = survey.actual;
  const own = containers.find((each) => ['control', 'bridge', 'proxy'].includes(each.address));
  if (own?.image) return own.inspect.Image;
  const prefix = `toolcrib/${declared.config.project.name}/system:`;
  return ownImages.find((image) => image.tags.some((tag) => tag.startsWith(prefix)))?.id ?? null;
}
