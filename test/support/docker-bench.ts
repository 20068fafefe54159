/** A place on the real engine for one test file: a project of its own, a Node image, and the removal of all of it. */
import { randomUUID } from 'node:crypto';
import { connectEngine } from '../../src/docker/connect.js';
import type { Engine } from '../../src/engine/engine.js';
import type { ResolvedContainer } from '../../src/model/container.js';
import { LABEL } from '../../src/model/labels.js';
import type { ProjectIdentity } from '../../src/model/labels.js';
import { nodeImage } from './docker-image.js';

export interface Bench {
  engine: Engine;
  project: ProjectIdentity;
  /** Labels of this project, for whatever the test makes itself. */
  labels: Record<string, string>;
  /** Tag and id of an image that runs Node. */
  tag: string;
  image: string;
  /** A hardened container of that image that runs `script`. */
  spec(script: string, more?: Partial<ResolvedContainer>): ResolvedContainer;
  /** Removes every container, network, volume and image with this project's id or this file's tag. */
  cleanUp(): Promise<void>;
}

export async function bench(what: string): Promise<Bench> {
  const engine = await connectEngine({ env: process.env });
  const id = randomUUID();
  const project = { name: `t-${what}-${id.slice(0, 6)}`, id };
  const labels = { [LABEL.project]: project.name, [LABEL.projectId]: project.id };
  const tag = `${project.name}:node`;
  const image = await nodeImage(engine, tag);
  return {
    engine,
    project,
    labels,
    tag,
    image,
    spec: (script, more = {}) => ({ ...hardened(tag, image), cmd: ['-e', script], labels, ...more }),
    cleanUp: () => cleanUp(engine, project),
  };
}

function hardened(image: string, imageId: string): Omit<ResolvedContainer, 'cmd' | 'labels'> {
  return {
    image,
    imageId,
    entrypoint: ['node'],
    env: { PATH: '/usr/bin' },
    user: '65532:65532',
    workdir: '/',
    healthcheck: null,
    stdin: false,
    mounts: [],
    tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
    capAdd: [],
    capDrop: ['ALL'],
    groupAdd: [],
    readonlyRootfs: true,
    memory: 256 * 1024 * 1024,
    nanoCpus: 1_000_000_000,
    pids: 64,
    nofile: 1024,
    init: true,
    network: 'none',
    joins: [],
    dns: [],
    ports: [],
    restart: 'no',
    log: { type: 'local', config: { 'max-size': '10m', 'max-file': '3' } },
    stopTimeout: 5,
  };
}

async function cleanUp(engine: Engine, { name, id }: ProjectIdentity): Promise<void> {
  // The project's name is unique to the test, so that what bears it in its own is the test's, whatever its labels.
  const isMine = (labels: Labels, ...names: string[]): boolean =>
    labels?.[LABEL.projectId] === id || names.some((each) => each.includes(name));
  for (const each of await engine.listContainers([])) {
    if (isMine(each.labels, ...each.names)) await engine.removeContainer(each.id);
  }
  for (const each of await engine.listNetworks())
    if (isMine(each.Labels, each.Name)) await engine.removeNetwork(each.Id);
  for (const each of await engine.listVolumes([]))
    if (isMine(each.Labels, each.Name)) await engine.removeVolume(each.Name);
  for (const each of await engine.listImages([])) {
    for (const tag of each.tags.filter((tagged) => tagged.includes(name))) await engine.removeImage(tag);
    // What a build that failed came to, with the labels of its base.
    if (each.tags.length === 0 && each.labels[LABEL.projectId] === id) await engine.removeImage(each.id);
  }
}

type Labels = Record<string, string> | null | undefined;
