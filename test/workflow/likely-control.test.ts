/** Whose control is looked behind before the declaration is read. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerSummary } from '../../src/engine/engine.js';
import { LABEL } from '../../src/model/labels.js';
import { likelyControl } from '../../src/workflow/likely-control.js';

const control = (id: string, project?: string): ContainerSummary => ({
  id,
  names: [],
  labels: project === undefined ? {} : { [LABEL.projectId]: project },
  state: 'created',
  imageId: '',
});

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'likely-'));
  await writeFile(join(dir, 'toolbox.yaml'), 'version: 1\nproject: {name: a, id: 7c1f0a52}\n');
  await writeFile(join(dir, 'more.toolbox.yaml'), '# 8d\nversion: 1\n');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test.each<[string, ContainerSummary[], string | null]>([
  ['none', [], null],
  ['that of another project alone', [control('a', 'ffff')], null],
  ['one without a project’s id', [control('a')], null],
  ['ours among others', [control('a', 'ffff'), control('b', '7c1f0a52')], 'b'],
  ['two of ours', [control('a', '7c1f0a52'), control('b', '7c1f0a52')], null],
  ['two that stand somewhere in the files', [control('a', '7c1f0a52'), control('b', '8d')], null],
])('%s', (_what, controls, expected) => {
  expect(likelyControl({ dir, files: [] }, controls)?.id ?? null).toBe(expected);
});

test('files that are not there name none', () => {
  expect(likelyControl({ dir, files: ['gone.yaml'] }, [control('a', '7c1f0a52')])).toBeNull();
});
