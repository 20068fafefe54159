/**
 * `doctor --probe`: tries what cannot be read. A container as hardened as servers are says what it really is from
 * inside, a network is made where the next one would be, and the proxy's port is published; all are gone afterwards.
 */
import { randomUUID } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { Observed } from '../../docker/observe.js';
import type { Engine } from '../../engine/engine.js';
import { unprivileged } from '../../model/hardened.js';
import { engineName, LABEL } from '../../model/labels.js';
import { freeSubnet } from '../../plan/subnet.js';
import { askImage } from '../../sources/ask-image.js';
import { insideFindings, QUESTION } from './inside.js';
import { failed, ok, warn } from './finding.js';
import type { Found } from './finding.js';

type Probed = Pick<Observed, 'subnets' | 'containers'>;

export async function probeFindings({ project }: Config, engine: Engine, seen: Probed): Promise<Found[]> {
  const image = await programOf(engine, project.id);
  const network = await networkFinding(project, engine, seen);
  if (image === null)
    return [
      network,
      warn(
        'probe',
        'no container was tried: nothing that this project could start is on the engine yet',
        'Run `toolcrib lock`, then this again.',
      ),
    ];
  const said = await askImage({ engine, project }, 'node', image, ['node', '-e', QUESTION]);
  return [...insideFindings(said, unprivileged(image)), network, ...(await portFindings(project, engine, seen, image))];
}

/** Toolcrib's own image or its base: both have Node on their PATH. */
async function programOf(engine: Engine, id: string): Promise<string | null> {
  const images = await engine.listImages([`${LABEL.projectId}=${id}`]);
  const found = images.find(({ labels }) => /^image\.(system|runtime-node)$/.test(labels[LABEL.address] ?? ''));
  return found?.id ?? null;
}

async function networkFinding({ name, id, networkPool }: Config['project'], engine: Engine, { subnets }: Probed) {
  const subnet = freeSubnet(networkPool, subnets);
  const fix = 'Give `project.network_pool` a block that neither this host nor its VPN routes elsewhere.';
  if (subnet === null) return failed('network', `no subnet is free in ${networkPool}`, fix);
  const labels = { [LABEL.project]: name, [LABEL.projectId]: id, [LABEL.address]: 'network.probe' };
  const network = engineName.probe(name, 'network', randomUUID().slice(0, 8));
  try {
    await engine.removeNetwork(await engine.createNetwork({ name: network, subnet, internal: true, labels }));
    return ok('network', `one was made at ${subnet}, and is gone again`);
  } catch (error) {
    return failed('network', `none can be made at ${subnet}: ${words(error)}`, fix);
  }
}

/** The engine tells at the start of a container, and not before, that a port is taken. */
async function portFindings(
  project: Config['project'],
  engine: Engine,
  { containers }: Probed,
  image: string,
): Promise<Found[]> {
  const { host, port } = project.proxy;
  if (containers.some((each) => each.address === 'proxy' && each.inspect.State.Running)) return [];
  const labels = { [LABEL.project]: project.name, [LABEL.projectId]: project.id, [LABEL.address]: 'proxy' };
  const spec = {
    ...unprivileged(image),
    imageId: image,
    entrypoint: ['node'],
    cmd: ['-e', ''],
    env: {},
    user: '65532:65532',
    workdir: '/',
    stdin: true,
    network: 'bridge',
    ports: [{ hostIp: host, hostPort: port, containerPort: port }],
    labels,
  };
  const id = await engine.createContainer(engineName.probe(project.name, 'port', randomUUID().slice(0, 8)), spec);
  try {
    await engine.startContainer(id);
    return [ok('publishing', `the engine publishes ${host}:${port}`)];
  } catch (error) {
    return [
      failed(
        'publishing',
        `the engine cannot publish ${host}:${port}: ${words(error)}`,
        'Free that port on the engine’s host, or choose another `project.proxy.listen`.',
      ),
    ];
  } finally {
    await engine.removeContainer(id);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
