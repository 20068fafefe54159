/** Whose last words are told, among proxies of one project id. */
import { expect, test } from 'vitest';
import { proxyLastWords } from '../../src/apply/last-words.js';
import type { ContainerSummary, ReadEngine } from '../../src/engine/engine.js';
import { LABEL } from '../../src/model/labels.js';

const proxy = (id: string, project: string, state: string): ContainerSummary => ({
  id,
  names: [`toolcrib.${project}.proxy`],
  labels: { [LABEL.project]: project, [LABEL.projectId]: 'one', [LABEL.address]: 'proxy' },
  state,
  imageId: '',
});

async function told(listed: ContainerSummary[], made: string[] = []): Promise<string[]> {
  const engine = {
    listContainers: () => Promise.resolve(listed),
    async *readLogs(id: string) {
      yield await Promise.resolve({ stream: 'stderr' as const, line: `words of ${id}` });
    },
  } as Partial<ReadEngine> as ReadEngine;
  return proxyLastWords(engine, { name: 'acme', id: 'one', previously: ['ajax'] }, new Set(made));
}

const production = proxy('production', 'acme-production', 'running');
const old = proxy('old', 'acme', 'running');

test.each([
  ['not another environment’s', [production, old], [], ['words of old']],
  ['none rather than another environment’s', [production], [], []],
  ['that of this run before the old one', [old, proxy('new', 'acme', 'restarting')], ['new'], ['words of new']],
  [
    'the old one while that of this run is not started',
    [proxy('new', 'acme', 'created'), old],
    ['new'],
    ['words of old'],
  ],
  ['that of the name before', [proxy('renamed', 'ajax', 'running')], [], ['words of renamed']],
  ['what ended, where none runs', [proxy('ended', 'acme', 'exited')], [], ['words of ended']],
])('%s', async (_, listed, made, words) => {
  expect(await told(listed, made)).toEqual(words);
});
