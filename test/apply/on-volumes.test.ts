/** Whether a volume was there before its container, as engines of every age tell it. */
import { expect, test } from 'vitest';
import { createOnVolumes } from '../../src/apply/on-volumes.js';
import type { ResolvedContainer } from '../../src/model/container.js';
import type { VolumeInspect } from '../../src/model/inspect.js';

const spec = {
  mounts: [{ type: 'volume', source: 'notes', target: '/notes', readonly: false }],
} as unknown as ResolvedContainer;
const OWN = { 'io.toolcrib.project': 'acme' };
const EARLY = '2026-11-28T10:00:00Z';
const LATE = '2026-11-28T12:00:00Z';

const volume = (CreatedAt: string, Labels: Record<string, string> | null): VolumeInspect => ({
  Name: 'notes',
  CreatedAt,
  Driver: 'local',
  Labels,
});

/** What becomes of a container on a volume that looks so, and has these others on it, before and after. */
async function made(
  before: VolumeInspect | null,
  after: VolumeInspect | null,
  others: [before: string[], after: string[]] = [[], []],
): Promise<string> {
  const seen = [before, after];
  const on = [others[0], [...others[1], 'c1']];
  const removed: string[] = [];
  const engine = {
    inspectVolume: () => Promise.resolve(seen.shift() ?? null),
    listContainersOn: () =>
      Promise.resolve((on.shift() ?? []).map((id) => ({ id, names: [], labels: {}, state: 'exited', imageId: '' }))),
    createContainer: () => Promise.resolve('c1'),
    removeContainer: (id: string) => Promise.resolve(void removed.push(id)),
  };
  const outcome = await createOnVolumes(engine, { name: 'acme.files', address: 'server.files' }, spec).catch(
    (error: unknown) => (error as { diagnostics: { code: string }[] }).diagnostics[0]?.code ?? 'another error',
  );
  return [outcome, ...removed.map((id) => `${id} removed`)].join(', ');
}

test.each([
  ['the same one', volume(EARLY, OWN), volume(EARLY, OWN), 'c1'],
  ['one whose files changed meanwhile, on an engine before 23', volume(EARLY, OWN), volume(LATE, OWN), 'c1'],
  ['one that was removed before', null, null, 'volume_missing'],
  ['one that the engine made in its place', volume(EARLY, OWN), volume(LATE, null), 'volume_missing, c1 removed'],
  ['the same within the second', volume(EARLY, OWN), volume(EARLY, {}), 'volume_missing, c1 removed'],
  ['a stranger’s, the same one', volume(EARLY, null), volume(EARLY, null), 'c1'],
  ['a stranger’s, made in its place', volume(EARLY, null), volume(LATE, null), 'volume_missing, c1 removed'],
  ['one that is gone afterwards', volume(EARLY, null), null, 'volume_missing, c1 removed'],
])('%s', async (_, before, after, outcome) => {
  expect(await made(before, after)).toBe(outcome);
});

test.each([
  ['one that a container was on all along: it was written to', ['old'], ['old'], 'c1'],
  ['one whose container went with it', ['old'], [], 'volume_missing, c1 removed'],
  ['one that another container came to', [], ['new'], 'volume_missing, c1 removed'],
])('a stranger’s volume of another time, %s', async (_, before, after, outcome) => {
  expect(await made(volume(EARLY, null), volume(LATE, null), [before, after])).toBe(outcome);
});
