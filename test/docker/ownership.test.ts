import { describe, expect, test } from 'vitest';
import {
  claimOf,
  containerConflicts,
  imageConflicts,
  networkConflicts,
  ownImages,
  volumeConflicts,
} from '../../src/docker/ownership.js';
import { parseAck } from '../../src/docker/ack.js';
import { holderInWords } from '../../src/docker/lock-container.js';
import type { ImageInspect } from '../../src/model/inspect.js';
import { LABEL } from '../../src/model/labels.js';

const project = { name: 'acme', id: 'id-1' };
const ours = { [LABEL.project]: 'acme', [LABEL.projectId]: 'id-1' };
const theirs = { [LABEL.project]: 'acme', [LABEL.projectId]: 'id-2' };

const image = (labels: Record<string, string>): ImageInspect => ({
  Id: 'sha256:i',
  Os: 'linux',
  Architecture: 'amd64',
  Config: { Labels: labels },
});

describe('a container is ours', () => {
  const labels = (address: string, generation: string): Record<string, string> => ({
    ...ours,
    [LABEL.address]: address,
    [LABEL.generation]: generation,
  });
  test.each([
    ['server.files', '3'],
    ['proxy', '1'],
    ['bridge', '12'],
    ['control', '1'],
  ])('as %s, generation %s', (address, generation) => {
    const claim = { address, generation: Number(generation) };
    expect(claimOf(labels(address, generation), null)).toEqual(claim);
    expect(claimOf(labels(address, generation), image({}))).toEqual(claim);
    expect(claimOf(labels(address, generation), image({ [LABEL.generation]: '99' }))).toEqual(claim);
  });

  test('not by a generation that its image says', () => {
    expect(claimOf(labels('proxy', '3'), image({ [LABEL.generation]: '3' }))).toBeNull();
  });

  test.each([
    ['server.files', '0'],
    ['server.files', '01'],
    ['server.files', '1.5'],
    ['server.files', ''],
    ['server.files', '99999999999999999999'],
    ['server.', '1'],
    ['server.Up', '1'],
    ['server.a.b', '1'],
    ['volume.files', '1'],
    ['policy', '1'],
    ['', '1'],
  ])('not as %j, generation %j', (address, generation) => {
    expect(claimOf(labels(address, generation), null)).toBeNull();
  });
});

describe('conflicts', () => {
  const container = (name: string, labels: Record<string, string>) => ({
    id: `id of ${name}`,
    names: [name],
    labels,
    state: 'running',
    imageId: 'sha256:i',
  });
  test.each([
    ['our name with another id', container('whatever', theirs), 'id-2'],
    ['a name of ours without labels', container('toolcrib.acme.proxy.g1', {}), 'not made by toolcrib'],
    ['a name of ours and our inherited labels', container('toolcrib.acme.server.files.g1', ours), 'id-1'],
    ['a lock of another project of our name', container('toolcrib.acme.lock', theirs), 'id-2'],
    ['a seed of nobody’s', container('toolcrib.acme.seed.x', {}), 'not made by toolcrib'],
  ])('%s', (_, each, owner) => {
    expect(containerConflicts([each], new Set(), project)).toEqual([{ kind: 'container', name: each.names[0], owner }]);
  });

  test.each([
    ['our lock', container('toolcrib.acme.lock', ours)],
    ['our seed', container('toolcrib.acme.seed.volume.notes', ours)],
    ['our probe', container('toolcrib.acme.probe.files.ab12', ours)],
    ['a container somebody runs from our image', container('playground', ours)],
    [
      'a project whose name begins like ours',
      container('toolcrib.acme-prod.proxy.g1', { [LABEL.project]: 'acme-prod' }),
    ],
    ['a stranger', container('redis', {})],
  ])('%s is none', (_, each) => {
    expect(containerConflicts([each], new Set(), project)).toEqual([]);
  });

  test('an owned container is none', () => {
    const each = container('toolcrib.acme.proxy.g1', ours);
    expect(containerConflicts([each], new Set([each.id]), project)).toEqual([]);
  });

  const network = (Name: string, Labels: Record<string, string> | null) => ({
    Id: Name,
    Name,
    Driver: 'bridge',
    Internal: false,
    Labels,
  });
  test('of networks and volumes go by name and by label', () => {
    const named = (name: string, owner: string) => ({ name, owner });
    const cases: [string, Record<string, string> | null][] = [
      ['toolcrib.acme.published', ours],
      ['toolcrib.acme.x', null],
      ['other', theirs],
      ['toolcrib.acme-prod.published', { [LABEL.project]: 'acme-prod', [LABEL.projectId]: 'id-3' }],
      ['bridge', {}],
    ];
    const wanted = [named('toolcrib.acme.x', 'not made by toolcrib'), named('other', 'id-2')];
    expect(
      networkConflicts(
        cases.map(([name, labels]) => network(name, labels)),
        project,
      ),
    ).toMatchObject(wanted);
    const volumes = cases.map(([Name, Labels]) => ({ Name, Driver: 'local', Labels }));
    expect(volumeConflicts(volumes, project)).toMatchObject(wanted);
  });

  test('of images go by tag, and a foreign image that says our name is let be', () => {
    const images = [
      { id: 'a', tags: ['toolcrib/acme/files:1'], labels: ours },
      { id: 'b', tags: ['toolcrib/acme/files:2'], labels: theirs },
      { id: 'c', tags: ['toolcrib/acme/files:3'], labels: {} },
      { id: 'd', tags: ['derived:1'], labels: theirs },
      { id: 'e', tags: [], labels: theirs },
    ];
    expect(imageConflicts(images, project)).toEqual([
      { kind: 'image', name: 'toolcrib/acme/files:2', owner: 'id-2' },
      { kind: 'image', name: 'toolcrib/acme/files:3', owner: 'not made by toolcrib' },
    ]);
  });
});

test('an image is ours by a tag of ours, or by none at all (a build that was cut off): what was built on it is not', () => {
  const images = [
    { id: 'a', tags: ['toolcrib/acme/files:1', 'mine:latest'], labels: ours },
    { id: 'b', tags: ['derived:1'], labels: ours },
    { id: 'c', tags: ['toolcrib/acme/files:2'], labels: theirs },
    { id: 'd', tags: [], labels: ours },
    { id: 'e', tags: [], labels: { ...ours, [LABEL.address]: 'image.files', [LABEL.inputs]: 'sha256:1' } },
  ];
  expect(ownImages(images, project)).toEqual([
    { id: 'a', tags: ['toolcrib/acme/files:1'] },
    { id: 'd', tags: [] },
    { id: 'e', tags: [], made: { address: 'image.files', inputs: 'sha256:1' } },
  ]);
});

describe('an acknowledgement', () => {
  const whole = {
    boot: 'b',
    time: '2026-01-01T00:00:00.000Z',
    seq: 3,
    digest: 'd',
    refused: null,
    revoked: ['abcdefghij'],
    generations: {
      'files@3': {
        state: 'ready',
        code: null,
        reason: null,
        restarts: 1,
        since: '2026-01-01T00:00:00.000Z',
        quarantined: ['a'],
        extra: [],
        missing: [],
      },
    },
  };
  test('is read as it was written', () => expect(parseAck(JSON.stringify(whole))).toEqual(whole));

  test('that is damaged gives what is left, and never what it cannot mean', () => {
    const damaged = {
      ...whole,
      revoked: [1, 'x'],
      refused: 7,
      generations: { 'a@1': { state: 'superb', restarts: -1 }, 'b@1': 5 },
    };
    expect(parseAck(JSON.stringify(damaged))).toMatchObject({
      refused: null,
      revoked: ['x'],
      generations: { 'a@1': { state: 'starting', code: null, restarts: 0, quarantined: [] } },
    });
  });

  test.each(['', '{', 'null', '[]', '{}', '{"seq":-1,"digest":""}', '{"seq":"1","digest":""}', '{"seq":1}'])(
    '%j is none',
    (text) => expect(parseAck(text)).toBeNull(),
  );
});

test.each([
  [
    '{"who":"ann","host":"box","since":"T","pid":7,"command":"apply"}',
    'ann on box (process 7), running `toolcrib apply`, since T',
  ],
  ['{"who":"ann","host":"box","since":"T"}', 'ann on box, since T'],
  ['{"who":5}', 'somebody'],
  ['[]', 'somebody'],
  ['garbage', 'somebody'],
  [undefined, 'somebody'],
])('the holder %j is %s', (label, words) => expect(holderInWords(label)).toBe(words));
