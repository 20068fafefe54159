/** The differ on what the real engine answers: nothing where nothing was changed, one field where one was. */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hardened } from '../../src/compile/hardened.js';
import { look, observe } from '../../src/docker/observe.js';
import type { Engine } from '../../src/engine/engine.js';
import type { ContainerSpec } from '../../src/model/container.js';
import { engineName, LABEL } from '../../src/model/labels.js';
import type { DesiredContainer } from '../../src/model/state.js';
import { compare } from '../../src/plan/fields/differ.js';
import type { Difference } from '../../src/plan/fields/differ.js';
import { resolveStep } from '../../src/plan/fields/expected.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';
import { nodeImage } from '../support/docker-image.js';

let b: Bench;
let engine: Engine;
let reference: string;

beforeAll(async () => {
  b = await bench('differ');
  engine = b.engine;
  reference = `${b.project.name}:rich`;
  await nodeImage(engine, reference, {
    // An image that says something about everything, and bears labels of ours as well.
    dockerfile: [
      'ENV LOG_LEVEL=info REGION=eu',
      'VOLUME /cache /cache/deep/',
      'USER root',
      'WORKDIR /srv',
      'HEALTHCHECK --interval=30s CMD ["node", "-e", "0"]',
      'STOPSIGNAL SIGINT',
      'EXPOSE 80',
      'ENTRYPOINT ["node"]',
      'CMD ["-e", "process.stdin.resume()"]',
    ],
    labels: { ...b.labels, [LABEL.inputs]: 'abc', [LABEL.address]: 'image.docs' },
  });
});
afterAll(() => b.cleanUp());

async function given(
  name: string,
  more: Partial<ContainerSpec>,
): Promise<{ id: string; differences(): Promise<Difference> }> {
  const desired: DesiredContainer = {
    address: `server.${name}`,
    spec: { ...hardened(b.project, `server.${name}`, reference), memory: 64 * 1024 * 1024, stdin: true, ...more },
    image: 'image.docs',
    replace: 'overlap',
    start: 'bridge',
    definitions: null,
  };
  const image = (await engine.inspectImage(reference))!;
  const engineGiven = engineName.server(b.project.name, name, 1);
  const id = await engine.createContainer(engineGiven, resolveStep(desired, 1, image));
  const differences = async (): Promise<Difference> => {
    const seen = await observe(await look(engine).listing, b.project, { imageReferences: [reference] });
    const { inspect, image: from } = seen.containers.find((each) => each.address === desired.address)!;
    const around = {
      networks: new Map(seen.networks.map((each) => [each.Id, each.Name])),
      volumes: new Set(seen.volumes.map((each) => each.Name)),
      swapLimit: seen.engine.swapLimit ?? true,
    };
    return compare(desired, engineGiven, image, { inspect, image: from, around });
  };
  return { id, differences };
}

/** What a person's own Docker client would send. */
function post(path: string, body: object = {}): Promise<number> {
  const socketPath = process.env.DOCKER_HOST!.replace('unix://', '');
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request({ socketPath, path, method: 'POST', headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    request.on('error', reject).end(JSON.stringify(body));
  });
}

describe('a container as apply makes it', () => {
  test('differs in nothing, before its start, while it runs, paused and stopped', async () => {
    const { id, differences } = await given('plain', { env: { LOG_LEVEL: 'debug', EMPTY: '' } });
    expect(await differences()).toMatchObject({ fields: [], unknown: [], update: {} });
    await engine.startContainer(id);
    expect((await differences()).fields).toEqual([]);
    await post(`/containers/${id}/pause`);
    expect((await differences()).fields).toEqual([]);
    await engine.stopContainer(id, 1);
    expect((await differences()).fields).toEqual([]);
  });

  test('differs in nothing with everything that can be declared', async () => {
    const volume = engineName.volume(b.project.name, 'notes');
    const seed = { image: reference, name: engineName.seed(b.project.name, volume), labels: b.labels };
    await engine.createVolume({ name: volume, owner: '65532:65532', labels: b.labels }, seed);
    const network = engineName.network(b.project.name);
    await engine.createNetwork({ name: network, subnet: '10.231.77.0/28', internal: false, labels: b.labels });
    const { id, differences } = await given('rich', {
      entrypoint: ['node', '--no-warnings'],
      cmd: ['-e', 'process.stdin.resume()'],
      user: '0:65532',
      groupAdd: ['65532'],
      workdir: '/tmp',
      healthcheck: { test: ['CMD', 'node', '-e', '1'], interval: 0, timeout: 5e9, startPeriod: 0, retries: 2 },
      mounts: [
        { type: 'volume', source: volume, target: '/notes', readonly: false },
        { type: 'bind', source: '/usr/share', target: '/share', readonly: true },
      ],
      network,
      ports: [{ containerPort: 7411, hostIp: '127.0.0.1', hostPort: 0 }],
      restart: 'unless-stopped',
      log: { type: 'local', config: { 'max-size': '1m', 'max-file': '2' } },
    });
    expect(await differences()).toMatchObject({ fields: [], unknown: [], update: {} });
    await engine.startContainer(id);
    expect((await differences()).fields).toEqual([]);
    await engine.removeContainer(id);
  });
});

describe('a container that somebody changed', () => {
  const MIB = 1024 * 1024;
  test.each<[string, string, object, string, unknown, unknown, boolean]>([
    ['memory', 'update', { Memory: 32 * MIB }, 'memory', 32 * MIB, 64 * MIB, true],
    ['swap', 'update', { MemorySwap: 128 * MIB }, 'swap', 128 * MIB, 64 * MIB, true],
    ['cpus', 'update', { NanoCpus: 5e8 }, 'cpus', 0.5, 1, true],
    ['pids', 'update', { PidsLimit: 33 }, 'pids', 33, 128, true],
    ['restart', 'update', { RestartPolicy: { Name: 'always' } }, 'restart', 'always', 'no', true],
    ['shares', 'update', { CpuShares: 512 }, 'cpu_shares', 512, 0, false],
  ])('%s', async (what, call, body, field, before, after, inPlace) => {
    const { id, differences } = await given(`changed-${what}`, {});
    await engine.startContainer(id);
    expect(await post(`/containers/${id}/${call}`, body)).toBe(200);
    const { fields, update } = await differences();
    expect(fields).toEqual([{ field, before, after, cause: 'drift' }]);
    expect(update !== null).toBe(inPlace);
    if (update) {
      await engine.updateContainer(id, update);
      expect((await differences()).fields).toEqual([]);
    }
    await engine.removeContainer(id);
  });

  test('by its name', async () => {
    const { id, differences } = await given('renamed', {});
    expect(await post(`/containers/${id}/rename?name=${b.project.name}-mine`)).toBe(204);
    const [change] = (await differences()).fields;
    expect(change).toMatchObject({ field: 'name', before: `${b.project.name}-mine`, cause: 'drift' });
  });
});
