/**
 * What changes of a template in place, of the copies that it has when the change comes to them: they belong to the bridge,
 * which makes and removes them with sessions. One that is gone, or on its way out, needs no change any more.
 */
import { pause } from '../docker/pause.js';
import type { Engine } from '../engine/engine.js';
import { nameOf } from '../model/address.js';
import type { ProjectIdentity } from '../model/labels.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ContainerUpdate, Step } from '../plan/plan.js';

const TRIES = 3;
const PAUSE_MS = 200;

type Copies = Pick<Engine, 'listContainers' | 'inspectContainer' | 'updateContainer'>;

export async function updateCopies(
  { address, generation, set }: Extract<Step, { do: 'update-copies' }>,
  engine: Copies,
  project: ProjectIdentity,
): Promise<void> {
  const listed = await engine.listContainers([
    `${LABEL.projectId}=${project.id}`,
    `${LABEL.address}=${address}`,
    `${LABEL.generation}=${generation}`,
    LABEL.instance,
  ]);
  // An image can carry labels, but no name.
  const copies = listed.filter(({ names, labels }) =>
    names.includes(engineName.instance(project.name, nameOf(address), generation, labels[LABEL.instance] ?? '')),
  );
  for (const { id } of copies) await update(id, set, engine);
}

/** @throws Failure of the engine's, where the copy goes on. */
async function update(id: string, set: ContainerUpdate, engine: Copies): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await engine.updateContainer(id, set);
    } catch (error) {
      if (await isEnding(id, engine)) return;
      // A process that has just ended is told of as running for a moment.
      if (tries === TRIES) throw error;
      await pause(PAUSE_MS);
    }
  }
}

async function isEnding(id: string, engine: Copies): Promise<boolean> {
  const { Status } = (await engine.inspectContainer(id))?.State ?? { Status: 'removing' };
  return Status === 'removing' || Status === 'dead' || Status === 'exited';
}
