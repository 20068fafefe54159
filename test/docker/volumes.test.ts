/** What a seed container tells, on an engine in memory that fails where it is told to. */
import { describe, expect, test } from 'vitest';
import type { Api } from '../../src/docker/api.js';
import { volumeCalls } from '../../src/docker/volumes.js';
import { LABEL } from '../../src/model/labels.js';

const OURS = { [LABEL.projectId]: 'ours' };
const volume = { name: 'v', owner: '1000:1000', labels: OURS };
const seed = { image: 'i', name: 'seed.v', labels: OURS };

function made(options: { write?: Error; owner?: string } = {}) {
  const removed: string[] = [];
  let labels: Record<string, string> | null = null;
  const api = {
    find: () => Promise.resolve(labels && { Name: 'v', Driver: 'local', Labels: labels, Options: null }),
    json: () => {
      labels = { [LABEL.projectId]: options.owner ?? 'ours' };
      return Promise.resolve({ Id: 'seed' });
    },
  } as Partial<Api> as Api;
  const calls = volumeCalls(api, {
    inspectContainer: () => Promise.resolve(null),
    removeContainer: (id) => Promise.resolve(void removed.push(id)),
    writeArchive: () => (options.write ? Promise.reject(options.write) : Promise.resolve()),
  });
  return { making: calls.createVolume(volume, seed), removed };
}

describe('the seed of a volume', () => {
  test('goes when the owner is set', async () => {
    const { making, removed } = made();
    await making;
    expect(removed).toEqual(['seed']);
  });

  test('stays when the owner could not be set: the next plan makes the volume whole', async () => {
    const { making, removed } = made({ write: new Error('the engine is gone') });
    await expect(making).rejects.toThrow('the engine is gone');
    expect(removed).toEqual([]);
  });

  test('goes when another project was quicker', async () => {
    const { making, removed } = made({ owner: 'theirs' });
    await expect(making).rejects.toMatchObject({ diagnostics: [{ code: 'project_conflict' }] });
    expect(removed).toEqual(['seed']);
  });
});
