import http from 'node:http';
import { Readable } from 'node:stream';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeTar } from '../../src/docker/archive.js';
import { isConflict, isNotFound } from '../../src/docker/errors.js';
import type { Engine } from '../../src/engine/engine.js';
import { LABEL } from '../../src/model/labels.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';

let b: Bench;
let engine: Engine;
beforeAll(async () => {
  b = await bench('engine');
  engine = b.engine;
});
afterAll(() => b.cleanUp());

const name = (what: string): string => `toolcrib.${b.project.name}.${what}`;
const FOREVER = 'setInterval(() => {}, 1000)';

async function logOf(id: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { stream, line } of engine.readLogs(id, {})) lines.push(`${stream}: ${line}`);
  return lines;
}

async function run(script: string, more: Parameters<Bench['spec']>[1] = {}): Promise<{ code: number; log: string[] }> {
  const id = await engine.createContainer(name(`run${Math.random()}`.replace('.', '')), b.spec(script, more));
  try {
    await engine.startContainer(id);
    return { code: await engine.waitContainer(id), log: await logOf(id) };
  } finally {
    await engine.removeContainer(id);
  }
}

async function building(dockerfile: string, more: object = {}): Promise<{ id: string; lines: string[] }> {
  const lines: string[] = [];
  const context = Readable.from([await writeTar([{ path: 'Dockerfile', content: Buffer.from(dockerfile) }])]);
  const options = { tag: `${b.project.name}:built`, labels: b.labels, network: false, ...more };
  return { id: await engine.buildImage(context, { ...options, onLine: (line) => lines.push(line) }), lines };
}

describe('facts', () => {
  test('tell which engine it is', async () => {
    expect(await engine.facts()).toMatchObject({
      id: expect.stringMatching(/.+/) as string,
      version: expect.stringMatching(/^\d+\./) as string,
      platform: expect.stringMatching(/^linux\//) as string,
      endpoint: process.env.DOCKER_HOST,
    });
  });
});

describe('containers', () => {
  test('run hardened, and inside it shows', async () => {
    const { code, log } = await run(`
      const fs = require('fs');
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      const attempt = (f) => { try { f(); return 'done'; } catch (error) { return error.code; } };
      console.log(/CapBnd:\\t(\\w+)/.exec(status)[1], /NoNewPrivs:\\t(\\d)/.exec(status)[1], /Seccomp:\\t(\\d)/.exec(status)[1]);
      console.log(attempt(() => fs.writeFileSync('/x', '')), attempt(() => fs.writeFileSync('/tmp/x', '')));
      console.log(fs.readdirSync('/sys/class/net').join(), process.getuid(), process.getgid());
      console.error('and', require('os').hostname());
      process.exit(7);`);
    expect({ code, log: log.sort() }).toEqual({
      code: 7,
      log: ['stderr: and toolcrib', 'stdout: 0000000000000000 1 2', 'stdout: EROFS done', 'stdout: lo 65532 65532'],
    });
  });

  test('are listed by label and by name, inspected, stopped, killed and removed', async () => {
    const labels = { ...b.labels, 'io.toolcrib.test': 'listed' };
    const id = await engine.createContainer(name('listed'), b.spec(FOREVER, { labels }));
    const [listed, ...others] = await engine.listContainers([`${LABEL.projectId}=${b.project.id}`, 'io.toolcrib.test']);
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ id, names: [name('listed')], state: 'created', imageId: b.image, labels });
    expect((await engine.listContainersNamed(name('lis'))).map((each) => each.id)).toEqual([id]);
    expect(await engine.listContainersNamed(name('lis').replace('.', 'x'))).toEqual([]);

    await engine.stopContainer(id, 1);
    await engine.killContainer(id);
    await engine.startContainer(id);
    await engine.startContainer(id);
    expect((await engine.inspectContainer(name('listed')))?.State.Running).toBe(true);
    await engine.killContainer(id);
    expect(await engine.waitContainer(id)).toBe(137);
    await engine.startContainer(id);
    await engine.stopContainer(id, 1);
    expect((await engine.inspectContainer(id))?.State.Status).toBe('exited');

    await engine.removeContainer(id);
    await engine.removeContainer(id);
    await engine.stopContainer(id, 1);
    await engine.killContainer(id);
    expect(await engine.inspectContainer(id)).toBeNull();
    await expect(engine.startContainer(id)).rejects.toSatisfy(isNotFound);
  });

  test('of one name are a conflict', async () => {
    const id = await engine.createContainer(name('one'), b.spec(FOREVER));
    await expect(engine.createContainer(name('one'), b.spec(FOREVER))).rejects.toSatisfy(isConflict);
    await Promise.all([engine.removeContainer(id), engine.removeContainer(id), engine.removeContainer(name('one'))]);
  });

  test('are updated in place, and a field that the engine leaves as it was is an error', async () => {
    const id = await engine.createContainer(name('update'), b.spec(FOREVER));
    await engine.startContainer(id);
    await engine.updateContainer(id, {
      memory: 512 * 1024 * 1024,
      nanoCpus: 500_000_000,
      pids: 80,
      restart: 'unless-stopped',
    });
    expect((await engine.inspectContainer(id))?.HostConfig).toMatchObject({
      Memory: 512 * 1024 * 1024,
      MemorySwap: 512 * 1024 * 1024,
      NanoCpus: 500_000_000,
      PidsLimit: 80,
      RestartPolicy: { Name: 'unless-stopped' },
    });
    await engine.updateContainer(id, { memory: 128 * 1024 * 1024, restart: 'no' });
    await expect(engine.updateContainer(id, { memory: 0 })).rejects.toThrow(/left as it was: memory/);
    await engine.removeContainer(id);
  });

  test('with a mount source that is not on the engine’s host are refused by name', async () => {
    const mounts = [{ type: 'bind' as const, source: '/no/such/place', target: '/data', readonly: true }];
    await expect(engine.createContainer(name('mount'), b.spec(FOREVER, { mounts }))).rejects.toMatchObject({
      diagnostics: [{ code: 'mount_source_missing', detail: expect.stringContaining('/no/such/place') as string }],
    });
  });

  test('of an image that is not there are an error in the engine’s words', async () => {
    const imageId = `sha256:${'0'.repeat(64)}`;
    await expect(engine.createContainer(name('none'), b.spec(FOREVER, { imageId }))).rejects.toThrow(
      /404.*No such image/,
    );
  });
});

describe('a port in use', () => {
  const port = async (use: (port: number) => Promise<void>): Promise<void> => {
    const server = http.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await use((server.address() as AddressInfo).port);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  };
  const published = (hostPort: number): Parameters<Bench['spec']>[1] => ({
    network: 'bridge',
    ports: [{ containerPort: 80, hostIp: '127.0.0.1', hostPort }],
  });

  test('by another process is told at start', async () => {
    await port(async (taken) => {
      const id = await engine.createContainer(name('port'), b.spec(FOREVER, published(taken)));
      await expect(engine.startContainer(id)).rejects.toMatchObject({
        diagnostics: [
          {
            code: 'port_in_use',
            detail: expect.stringContaining(`127.0.0.1:${taken}`) as string,
            fix: expect.stringContaining('project.proxy.listen') as string,
          },
        ],
      });
      await engine.removeContainer(id);
    });
  });

  test('by another container names that container', async () => {
    let free = 0;
    await port((chosen) => Promise.resolve(void (free = chosen)));
    const first = await engine.createContainer(name('port.first'), b.spec(FOREVER, published(free)));
    const second = await engine.createContainer(name('port.second'), b.spec(FOREVER, published(free)));
    await engine.startContainer(first);
    await expect(engine.startContainer(second)).rejects.toMatchObject({
      diagnostics: [{ code: 'port_in_use', detail: expect.stringContaining(name('port.first')) as string }],
    });
    await engine.removeContainer(first);
    await engine.startContainer(second);
    await engine.removeContainer(second);
  });
});

describe('logs', () => {
  test('come by stream, whole, the last ones alone, and as they are written', async () => {
    const script = `
      for (let i = 1; i <= 300; i += 1) console.log('line ' + i + ' ü💥');
      console.error('to stderr'); ${FOREVER}`;
    const id = await engine.createContainer(name('logs'), b.spec(script));
    await engine.startContainer(id);
    const followed: string[] = [];
    for await (const { line, stream } of engine.readLogs(id, { follow: true })) {
      followed.push(`${stream}: ${line}`);
      if (followed.length === 301) break;
    }
    expect(followed.filter((line) => line.startsWith('stdout'))).toEqual(
      Array.from({ length: 300 }, (_, i) => `stdout: line ${i + 1} ü💥`),
    );
    expect(followed).toContain('stderr: to stderr');
    const tail: string[] = [];
    for await (const { line } of engine.readLogs(id, { tail: 2 })) tail.push(line);
    expect(tail).toHaveLength(2);

    const stop = new AbortController();
    const until: string[] = [];
    setTimeout(() => stop.abort(), 300);
    for await (const { line } of engine.readLogs(id, { tail: 1, follow: true, signal: stop.signal })) until.push(line);
    expect(until).toHaveLength(1);
    await engine.removeContainer(id);
  });
});

describe('archives', () => {
  test('are written to and read from a container that never runs', async () => {
    const id = await engine.createContainer(name('archive'), b.spec(FOREVER, { readonlyRootfs: false }));
    await engine.writeArchive(id, '/tmp', [
      { path: 'sub/', content: Buffer.alloc(0) },
      { path: 'sub/a.json', content: Buffer.from('{"ü":1}'), mode: 0o640, uid: 65532, gid: 65532 },
      { path: 'sub/b', content: Buffer.alloc(100_000, 'b') },
    ]);
    expect(await engine.readArchive(id, '/tmp/sub/a.json')).toMatchObject([
      { path: 'a.json', mode: 0o640, uid: 65532 },
    ]);
    const files = await engine.readArchive(id, '/tmp/sub');
    expect(files?.map((file) => [file.path, file.content.length])).toEqual([
      ['a.json', 8],
      ['b', 100_000],
    ]);
    expect(await engine.listArchive(id, '/tmp/sub')).toEqual([
      { path: 'a.json', size: 8 },
      { path: 'b', size: 100_000 },
    ]);
    expect(await engine.statArchive(id, '/tmp/sub/b')).toMatchObject({ size: 100_000 });
    expect(await engine.statArchive(id, '/tmp/sub/none')).toBeNull();
    expect(await engine.readArchive(id, '/tmp/none')).toBeNull();
    expect(await engine.listArchive(id, '/none/at/all')).toBeNull();
    await expect(engine.readArchive(id, '/tmp/sub', 50_000)).rejects.toThrow(/holds more than/);
    await expect(engine.readArchive(name('nobody'), '/tmp')).rejects.toSatisfy(isNotFound);
    await engine.removeContainer(id);
  });
});

describe('networks', () => {
  test('are made with their subnet, found and removed', async () => {
    const network = { name: name('net'), subnet: '10.213.77.0/28', internal: true, labels: b.labels };
    const id = await engine.createNetwork(network);
    const found = (await engine.listNetworks()).find((each) => each.Id === id);
    expect(found).toMatchObject({ Name: name('net'), Internal: true, Driver: 'bridge', Labels: b.labels });
    expect(found?.IPAM?.Config?.[0]?.Subnet).toBe('10.213.77.0/28');
    await expect(engine.createNetwork({ ...network, subnet: '10.213.78.0/28' })).rejects.toSatisfy(isConflict);
    await expect(engine.createNetwork({ ...network, name: name('other') })).rejects.toThrow(/overlap/i);
    await engine.removeNetwork(id);
    await engine.removeNetwork(id);
  });
});

describe('volumes', () => {
  const seed = (): { image: string; name: string; labels: Record<string, string> } => ({
    image: b.tag,
    name: name('seed.notes'),
    labels: b.labels,
  });

  test('belong to their owner from the start, and making them again keeps what is in them', async () => {
    const volume = { name: name('volume.notes'), owner: '65532:65532', labels: { ...b.labels, extra: 'yes' } };
    await engine.createVolume(volume, seed());
    expect(await engine.inspectVolume(volume.name)).toMatchObject({ Name: volume.name, Labels: volume.labels });
    expect(
      (await engine.listVolumes(['extra=yes', `${LABEL.projectId}=${b.project.id}`])).map((each) => each.Name),
    ).toEqual([volume.name]);
    expect(await engine.listContainersNamed(name('seed.'))).toEqual([]);
    const mounts = [{ type: 'volume' as const, source: volume.name, target: '/notes', readonly: false }];
    expect(await run(`require('fs').writeFileSync('/notes/a', 'kept')`, { mounts })).toEqual({ code: 0, log: [] });
    await engine.createVolume(volume, seed());
    expect(await run(`console.log(require('fs').readFileSync('/notes/a', 'utf8'))`, { mounts })).toEqual({
      code: 0,
      log: ['stdout: kept'],
    });
    const stranger = await run(`require('fs').writeFileSync('/notes/b', '')`, { mounts, user: '1234:1234' });
    expect(stranger.log.join()).toContain('EACCES');
    await engine.removeVolume(volume.name);
    await engine.removeVolume(volume.name);
    expect(await engine.inspectVolume(volume.name)).toBeNull();
  });

  test('are made although an interrupted command left its seed, before or after it had done its work', async () => {
    const volume = { name: name('volume.again'), owner: '1000:1001', labels: b.labels };
    const mounts = [{ type: 'volume' as const, source: volume.name, target: '/seed/v', readonly: false }];
    const owner = async (): Promise<string[]> => {
      const script = `const { uid, gid } = require('fs').statSync('/seed/v'); console.log(uid, gid)`;
      return (await run(script, { mounts })).log;
    };
    await engine.createContainer(seed().name, b.spec(FOREVER));
    await engine.createVolume(volume, seed());
    expect(await owner()).toEqual(['stdout: 1000 1001']);
    await engine.createContainer(seed().name, b.spec(FOREVER, { mounts, readonlyRootfs: false }));
    await engine.createVolume({ ...volume, owner: '7:8' }, seed());
    expect(await owner()).toEqual(['stdout: 7 8']);
    expect(await engine.listContainersNamed(name('seed.'))).toEqual([]);
  });

  test('of another project are never taken', async () => {
    const volume = { name: name('volume.theirs'), owner: '0:0', labels: { [LABEL.projectId]: 'somebody-else' } };
    await engine.createVolume(volume, seed());
    await expect(engine.createVolume({ ...volume, labels: b.labels }, seed())).rejects.toMatchObject({
      diagnostics: [{ code: 'project_conflict', detail: expect.stringContaining('somebody-else') as string }],
    });
    expect(await engine.listContainersNamed(name('seed.'))).toEqual([]);
  });
});

describe('images', () => {
  test('are built with labels and arguments, tagged, listed and removed', async () => {
    const { id, lines } = await building('FROM scratch\nARG who\nLABEL greets=$who\n', { buildArgs: { who: 'world' } });
    expect(lines[0]).toMatch(/Step 1\/\d : FROM scratch/);
    const image = await engine.inspectImage(`${b.project.name}:built`);
    expect(image).toMatchObject({ Id: id, Os: 'linux', Config: { Labels: { ...b.labels, greets: 'world' } } });
    await engine.tagImage(id, `toolcrib/${b.project.name}/a`, 'x');
    await engine.tagImage(id, `toolcrib/${b.project.name}/b`, 'y');
    const [listed] = await engine.listImages([`${LABEL.projectId}=${b.project.id}`]);
    const own = [`toolcrib/${b.project.name}/a:x`, `toolcrib/${b.project.name}/b:y`];
    expect(listed).toMatchObject({ id, labels: b.labels, tags: expect.arrayContaining(own) as string[] });

    // By id, our names go and somebody else's keeps the image.
    await engine.removeImage(id);
    expect((await engine.inspectImage(id))?.RepoTags).toEqual([`${b.project.name}:built`]);
    await engine.removeImage(`${b.project.name}:built`);
    await engine.removeImage(`${b.project.name}:built`);
    expect(await engine.inspectImage(id)).toBeNull();
  });

  test('that began the same go with all that was made on the way', async () => {
    const base = `toolcrib/${b.project.name}/base:x`;
    await building(`FROM ${b.tag}\n`, { tag: base });
    const begun = `FROM ${base}\nENV SHARED=1\nENTRYPOINT ["node"]\n`;
    const made = async (which: string): Promise<string> => {
      const labels = { [LABEL.address]: `image.${which}`, ...b.labels };
      return (await building(begun, { tag: `toolcrib/${b.project.name}/${which}:x`, labels })).id;
    };
    for (const id of [await made('one'), await made('two')]) await engine.removeImage(id);
    await engine.removeImage(base);
    // The builder writes one label a step, so that what is left of a beginning may bear any of them.
    const left = (await engine.listImages([`${LABEL.project}=${b.project.name}`])).filter(
      ({ tags }) => !tags.includes(b.tag),
    );
    expect(left).toEqual([]);
  });

  test('that cannot be built say why, with the last lines', async () => {
    const dockerfile = `FROM ${b.tag}\nRUN ["node", "-e", "console.log('so far'); process.exit(3)"]\n`;
    await expect(building(dockerfile)).rejects.toMatchObject({
      diagnostics: [{ code: 'build_failed', detail: expect.stringMatching(/non-zero code: 3[^]*so far/) as string }],
    });
  });

  test('that need BuildKit say that', async () => {
    await expect(building(`FROM ${b.tag}\nRUN --mount=type=cache,target=/c node -v\n`)).rejects.toMatchObject({
      diagnostics: [{ code: 'build_failed', detail: expect.stringContaining('needs BuildKit') as string }],
    });
  });

  test.each([
    ['a Dockerfile that is none', 'HELLO\n'],
    ['an empty one', ''],
  ])('%s is a failed build', async (_, dockerfile) => {
    await expect(building(dockerfile)).rejects.toMatchObject({ diagnostics: [{ code: 'build_failed' }] });
  });

  test('whose context breaks off fail with that cause', async () => {
    const context = new Readable({ read: () => undefined });
    setTimeout(() => context.destroy(new Error('the folder went away')), 50);
    const options = { tag: `${b.project.name}:broken`, labels: {}, network: false };
    await expect(engine.buildImage(context, options)).rejects.toThrow(/the folder went away/);
  });

  test('that no registry has are not found', async () => {
    await expect(engine.pullImage('localhost:9/no/such:image')).rejects.toMatchObject({
      diagnostics: [
        { code: 'image_not_found', detail: expect.stringContaining('localhost:9/no/such:image') as string },
      ],
    });
    expect(await engine.inspectImage('localhost:9/no/such:image')).toBeNull();
  });
});
