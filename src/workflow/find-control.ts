/** The control container: through its volumes the engine reads and writes policy, acknowledgement and audit. */
import { fail } from '../diagnostics/failure.js';
import type { ReadEngine } from '../engine/engine.js';
import type { ProjectIdentity } from '../model/labels.js';

/** Its id. @throws Failure `not_applied` where the project has none. */
export async function findControl(engine: ReadEngine, project: ProjectIdentity): Promise<string> {
  const { controlOf, lookForControls } = await import('../docker/observe.js');
  const control = await controlOf(lookForControls(engine), project);
  return (
    control?.inspect.Id ??
    fail(
      'not_applied',
      `The project \`${project.name}\` is not on this engine: it has no control container there.`,
      'Run `toolcrib apply` first, or choose the engine it was applied to (DOCKER_HOST).',
    )
  );
}
