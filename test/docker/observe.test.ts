import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTar } from '../../src/docker/archive.js';
import { controlOf, look, observe } from '../../src/docker/observe.js';
import { engineName, LABEL } from '../../src/model/labels.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';

let b: Bench;
beforeAll(async () => {
  b = await bench('observe');
});
afterAll(() => b.cleanUp());

const generation = (address: string, number: number): Record<string, string> => ({
  ...b.labels,
  [LABEL.address]: address,
  [LABEL.generation]: String(number),
});

async function imageWith(tag: string, labels: Record<string, string>): Promise<string> {
  const content = Buffer.from(`FROM ${b.tag}\nENV made=${tag.replace(/\W/g, '_')}\n`);
  const context = Readable.from([await writeTar([{ path: 'Dockerfile', content }])]);
  return b.engine.buildImage(context, { tag, labels, network: false });
}

test('an engine without anything of ours', async () => {
  const looking = look(b.engine);
  const listing = await looking.listing;
  const nobody = { name: `${b.project.name}-none`, id: 'none' };
  const { networks, volumes, containers, conflicts, leftovers, ownImages, images } = await observe(listing, nobody, {
    imageReferences: ['not/there:1'],
  });
  const control = await controlOf(looking, nobody);
  expect({ networks, volumes, containers, conflicts, leftovers, ownImages, control, images }).toEqual({
    networks: [],
    volumes: [],
    containers: [],
    conflicts: [],
    leftovers: [],
    ownImages: [],
    control: null,
    images: { 'not/there:1': null },
  });
});

test('ours, strangers in our place, and what an interrupted command left', async () => {
  const { engine, project } = b;
  const own = `toolcrib/${project.name}/files:abc`;
  // An image may carry every label of ours, a generation included: what runs from it is not ours by that.
  const ownImage = await imageWith(own, { ...b.labels, [LABEL.address]: 'image.files' });
  const forged = await imageWith(`${project.name}:forged`, generation('server.forged', 4));
  const derived = await imageWith(`${project.name}:derived`, b.labels);

  const made: Record<string, string> = {};
  const make = async (name: string, labels: Record<string, string>, imageId = ownImage): Promise<void> => {
    made[name] = await engine.createContainer(name, b.spec('1', { labels, imageId }));
  };
  const { name } = project;
  await make(engineName.server(name, 'files', 2), generation('server.files', 2));
  await make(engineName.server(name, 'files', 10), generation('server.files', 10));
  await make(engineName.control(name, 1), generation('control', 1));
  await make(engineName.control(name, 2), generation('control', 2));
  await make(`${name}-inherits`, {});
  await make(`${name}-forged`, {}, forged);
  await make(engineName.lock(name), b.labels);
  await make(engineName.probe(name, 'files', 'ab12'), b.labels);
  await make(engineName.server(name, 'thief', 1), {}, b.image);
  await make(`${name}-twin`, { [LABEL.project]: name, [LABEL.projectId]: 'twin' }, b.image);
  const volume = { name: engineName.volume(name, 'half'), owner: '1:1', labels: b.labels };
  await engine.createVolume(volume, { image: b.tag, name: engineName.seed(name, 'other'), labels: b.labels });
  const mounts = [{ type: 'volume' as const, source: volume.name, target: '/seed/v', readonly: false }];
  const seed = engineName.seed(name, 'half');
  made[seed] = await engine.createContainer(seed, b.spec('1', { labels: b.labels, mounts }));
  expect((await engine.listContainersOn(volume.name)).map(({ id }) => id)).toEqual([made[seed]]);
  await engine.createNetwork({
    name: engineName.network(name),
    subnet: '10.214.9.0/28',
    internal: false,
    labels: b.labels,
  });
  await engine.createNetwork({ name: `toolcrib.${name}.theirs`, subnet: '10.214.10.0/28', internal: true, labels: {} });

  const looking = look(engine);
  const listing = await looking.listing;
  const asked = new Set<string | undefined>();
  const watched = { ...listing, container: (id: string) => (asked.add(id), listing.container(id)) };
  const seen = await observe(watched, project, { imageReferences: [own, b.tag, 'not/there:1'] });
  expect(asked.has(made[engineName.server(name, 'files', 2)])).toBe(true);
  // While the engine starts it, as it does during apply's second look, it would not be answered.
  expect(asked.has(made[engineName.lock(name)])).toBe(false);
  expect(seen.containers.map((each) => `${each.address}@${each.generation} of ${each.image?.Id}`)).toEqual([
    `control@1 of ${ownImage}`,
    `control@2 of ${ownImage}`,
    `server.files@2 of ${ownImage}`,
    `server.files@10 of ${ownImage}`,
  ]);
  expect((await controlOf(looking, project))?.inspect.Id).toBe(made[engineName.control(name, 2)]);
  expect(seen.conflicts.map((each) => `${each.kind} ${each.name}: ${each.owner}`).sort()).toEqual([
    `container ${name}-twin: twin`,
    `container ${engineName.server(name, 'thief', 1)}: not made by toolcrib`,
    `network toolcrib.${name}.theirs: not made by toolcrib`,
  ]);
  expect(seen.leftovers.toSorted((x, y) => (x.name < y.name ? -1 : 1))).toEqual([
    { id: made[engineName.probe(name, 'files', 'ab12')], name: engineName.probe(name, 'files', 'ab12'), volume: null },
    { id: made[seed], name: seed, volume: volume.name },
  ]);
  expect(seen.networks.map((each) => each.Name)).toEqual([engineName.network(name)]);
  expect(seen.volumes.map((each) => each.Name)).toEqual([volume.name]);
  expect(seen.subnets).toEqual(expect.arrayContaining(['10.214.9.0/28', '10.214.10.0/28']));
  expect(seen.ownImages).toEqual([{ id: ownImage, tags: [own] }]);
  expect(Object.fromEntries(Object.entries(seen.images).map(([reference, image]) => [reference, image?.Id]))).toEqual({
    [own]: ownImage,
    [b.tag]: b.image,
    'not/there:1': undefined,
  });
  expect(seen.ownImages.some((image) => image.id === derived)).toBe(false);
});

test('what ended since it was listed is nobody’s, and no conflict', async () => {
  const { engine, project } = b;
  const labels = { ...generation('server.copied', 1), [LABEL.instance]: 'r2' };
  const name = engineName.instance(project.name, 'copied', 1, 'r2');
  const id = await engine.createContainer(name, b.spec('1', { labels }));
  const listing = await look(engine).listing;
  await engine.removeContainer(id);
  const { conflicts, instances } = await observe(listing, project, { imageReferences: [] });
  expect(conflicts.filter((each) => each.name === name)).toEqual([]);
  expect(instances).toEqual([]);
});
