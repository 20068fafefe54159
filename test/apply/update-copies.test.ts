/** Copies that end while they are changed, on an engine in memory. */
import { describe, expect, it } from 'vitest';
import { updateCopies } from '../../src/apply/update-copies.js';
import { EngineRefusal } from '../../src/docker/errors.js';
import type { Engine } from '../../src/engine/engine.js';
import type { ContainerInspect } from '../../src/model/inspect.js';
import { engineName, LABEL } from '../../src/model/labels.js';

const PROJECT = { name: 'acme', id: 'i' };
const STEP = { do: 'update-copies', address: 'server.many', generation: 3, set: { memory: 1 } } as const;
type Status = ContainerInspect['State']['Status'];

/** @param refusing copy → what it is by then; null: gone. */
async function updated(refusing: Record<string, Status | null>, strangers: string[] = []): Promise<string[]> {
  const done: string[] = [];
  const listed = ['r1', 'r2', 'r3'].map((key) => ({
    id: key,
    names: [strangers.includes(key) ? 'mine' : engineName.instance('acme', 'many', 3, key)],
    labels: { [LABEL.instance]: key },
    state: 'running',
    imageId: '',
  }));
  const engine: Pick<Engine, 'listContainers' | 'inspectContainer' | 'updateContainer'> = {
    listContainers: (labels) => {
      expect(labels).toEqual([
        `${LABEL.projectId}=i`,
        `${LABEL.address}=server.many`,
        `${LABEL.generation}=3`,
        LABEL.instance,
      ]);
      return Promise.resolve(listed);
    },
    updateContainer: (id) => {
      if (id in refusing)
        return Promise.reject(new EngineRefusal(404, `No such container: ${id}`, { method: 'POST', path: '/update' }));
      done.push(id);
      return Promise.resolve();
    },
    inspectContainer: (id) => {
      const Status = refusing[id];
      return Promise.resolve(Status ? ({ State: { Status } } as ContainerInspect) : null);
    },
  };
  await updateCopies(STEP, engine, PROJECT);
  return done;
}

describe('copies of a template', () => {
  it('are changed as they are when their turn comes', async () => {
    expect(await updated({})).toEqual(['r1', 'r2', 'r3']);
  });

  it.each<[string, Status | null]>([
    ['gone', null],
    ['being removed', 'removing'],
    ['at its end', 'exited'],
  ])('go on being changed where one is %s', async (_, state) => {
    expect(await updated({ r2: state })).toEqual(['r1', 'r3']);
  });

  it('that run and refuse are a failure', async () => {
    await expect(updated({ r2: 'running' })).rejects.toThrow('No such container: r2');
  });

  it('by labels alone are nobody’s: an image can carry them', async () => {
    expect(await updated({}, ['r1'])).toEqual(['r2', 'r3']);
  });
});
