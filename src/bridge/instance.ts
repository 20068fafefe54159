/**
 * Instances: copies of a server's template, each for as long as one connection stands. What was left behind by a bridge
 * that died is removed before the next one listens.
 */
import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../diagnostics/failure.js';
import type { ContainerInspect } from '../model/inspect.js';
import { engineName, LABEL } from '../model/labels.js';
import { ENGINE_CALL_MS } from './life.js';
import type { Surroundings } from './surroundings.js';
import { within } from './timers.js';

/** Running copies of one template, where its declaration sets no number. */
export const MAX_INSTANCES = 64;

/** How many instances a container allows; null: it is no template. */
export function capOf({ Config }: ContainerInspect): number | null {
  const sharing = Config.Labels?.[LABEL.instances] ?? 'shared';
  if (sharing === 'shared') return null;
  const replicas = /^replicas-([1-9]\d?)$/.exec(sharing);
  return replicas ? Number(replicas[1]) : MAX_INSTANCES;
}

/** @throws Failure of the engine's, also when something of that name is there that cannot go. */
export async function makeInstance(
  { engine, project, timers }: Surroundings,
  template: ContainerInspect,
  { server, generation, instance }: { server: string; generation: number; instance: string },
): Promise<ContainerInspect> {
  const name = engineName.instance(project.name, server, generation, instance);
  const make = async (): Promise<ContainerInspect> => {
    const left = await engine.inspectContainer(name);
    if (left && isInstance(left, project.id)) await engine.removeContainer(left.Id);
    for (let original = template; ;) {
      const id = await engine.cloneContainer(template.Id, name, { [LABEL.instance]: instance });
      const [made, now] = await Promise.all([engine.inspectContainer(id), engine.inspectContainer(template.Id)]);
      if (!made) throw new Error(`${name} vanished as soon as it was made`);
      // Apply changes the template, and then the copies that it finds: what was copied before and made after is neither.
      if (!now || isDeepStrictEqual(now.HostConfig, original.HostConfig)) return made;
      await engine.removeContainer(id);
      original = now;
    }
  };
  return within(timers, ENGINE_CALL_MS, 'make the instance', make());
}

/** Why it could not be removed; null: it is gone. */
export async function removeInstance({ engine, timers }: Surroundings, id: string): Promise<string | null> {
  try {
    await within(timers, ENGINE_CALL_MS, 'remove the instance', engine.removeContainer(id));
    return null;
  } catch (error) {
    return error instanceof Failure ? (error.diagnostics[0]?.detail ?? error.message) : String(error);
  }
}

/**
 * Removes every instance of this project: nobody holds a connection to any of them. Only a container whose name is the
 * instance's that its labels say counts: an image can carry labels, but no name.
 */
export async function reapInstances(around: Surroundings, told: (detail: string) => void): Promise<void> {
  const { engine, project, timers } = around;
  const wanted = [`${LABEL.projectId}=${project.id}`, LABEL.instance];
  const listed = await within(timers, ENGINE_CALL_MS, 'list containers', engine.listContainers(wanted));
  for (const { id, names, labels } of listed) {
    const server = (labels[LABEL.address] ?? '').replace(/^server\./, '');
    const generation = Number(labels[LABEL.generation]);
    const name = engineName.instance(project.name, server, generation, labels[LABEL.instance] ?? '');
    if (labels[LABEL.projectId] !== project.id || !names.includes(name)) continue;
    const problem = await removeInstance(around, id);
    told(problem === null ? name : `${name}: ${problem}`);
  }
}

function isInstance({ Config }: ContainerInspect, projectId: string): boolean {
  return Config.Labels?.[LABEL.projectId] === projectId && Config.Labels[LABEL.instance] !== undefined;
}
