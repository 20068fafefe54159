/** Copies of a template: each lives as long as its connection, and none outlives the bridge. */
import { describe, expect, it, vi } from 'vitest';
import { MAX_INSTANCES } from '../../src/bridge/instance.js';
import { engineName, LABEL } from '../../src/model/labels.js';
import { echo, PROJECT } from './fake-engine.js';
import { ask, open } from './peer.js';
import { bridge, calls, engine, events, FILES, log, socket, SOON, start, timers } from './started-bridge.js';

const copy = (instance: string): string => engineName.instance(PROJECT.name, 'files', 1, instance);
const template = (sharing = 'agent'): string =>
  engine.add('files', 1, echo, { labels: { [LABEL.instances]: sharing } });

describe('an instance', () => {
  it('is made from the template, carried, and removed when its connection ends', async () => {
    template();
    const { peer, answer } = await open(socket, 'files', 1, 'a1');
    expect(answer).toEqual({ ok: true });
    peer.send('x\n');
    expect(await peer.line()).toBe('x');
    expect(engine.running(FILES)).toBe(false);
    expect(engine.containers.get(copy('a1'))?.inspect.Config.Labels).toMatchObject({ [LABEL.instance]: 'a1' });
    peer.close();
    await vi.waitFor(() => expect(engine.containers.has(copy('a1'))).toBe(false), SOON);
    expect(engine.containers.has(FILES)).toBe(true);
    expect(log.find((line) => line.event === 'started')).toMatchObject({ instance: 'a1', detail: copy('a1') });
  });

  it('is one process a key, and one of the same key takes its place', async () => {
    template();
    const first = await open(socket, 'files', 1, 'a1');
    const other = await open(socket, 'files', 1, 'b2');
    const second = await open(socket, 'files', 1, 'a1');
    expect(await first.peer.line()).toBeNull();
    for (const { peer } of [other, second]) {
      peer.send('still\n');
      expect(await peer.line()).toBe('still');
    }
    expect(calls('clone')).toHaveLength(3);
  });

  it('is removed and made again when it crashes, after its back-off', async () => {
    engine.add('files', 1, (stdio) => stdio.exit(3), { labels: { [LABEL.instances]: 'session' } });
    const { peer } = await open(socket, 'files', 1, 's1');
    expect(await peer.line()).toBeNull();
    expect(engine.containers.has(copy('s1'))).toBe(false);
    const again = open(socket, 'files', 1, 's1');
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), SOON);
    timers.turn(500);
    expect((await again).answer).toEqual({ ok: true });
    expect(calls('clone')).toHaveLength(2);
  });

  it('is forgotten with its connection, so that any number of sessions leaves nothing behind', async () => {
    template('session');
    for (const key of ['s1', 's2', 's3']) {
      const { peer } = await open(socket, 'files', 1, key);
      peer.close();
      await vi.waitFor(() => expect(engine.containers.has(copy(key))).toBe(false), SOON);
    }
    await vi.waitFor(async () => {
      expect((await ask(socket, { op: 'list' })).answer).toEqual({ ok: true, servers: [] });
    }, SOON);
  });

  it('is made again of a template that was changed while it was made', async () => {
    template();
    const clone = engine.cloneContainer.bind(engine);
    vi.spyOn(engine, 'cloneContainer').mockImplementationOnce(async (...args) => {
      const id = await clone(...args);
      engine.containers.get(FILES)!.inspect.HostConfig = { Memory: 5 };
      return id;
    });
    const { peer, answer } = await open(socket, 'files', 1, 'a1');
    expect(answer).toEqual({ ok: true });
    expect(engine.containers.get(copy('a1'))?.inspect.HostConfig).toEqual({ Memory: 5 });
    expect(calls('clone')).toHaveLength(2);
    peer.send('x\n');
    expect(await peer.line()).toBe('x');
  });

  it('is closed by its key', async () => {
    template();
    const kept = await open(socket, 'files', 1, 'b2');
    await open(socket, 'files', 1, 'a1');
    expect((await ask(socket, { op: 'close', server: 'files', generation: 1, instance: 'a1' })).answer).toEqual({
      ok: true,
    });
    expect(engine.containers.has(copy('a1'))).toBe(false);
    kept.peer.send('x\n');
    expect(await kept.peer.line()).toBe('x');
  });
});

describe('what is refused', () => {
  it('is a template without an instance, and an instance of what is no template', async () => {
    template();
    expect((await open(socket)).answer).toMatchObject({ ok: false, code: 'instance_required' });
    engine.add('clock', 1, echo);
    expect((await open(socket, 'clock', 1, 'a1')).answer).toMatchObject({ ok: false, code: 'instance_unexpected' });
    expect(calls('start')).toEqual([]);
  });

  it('is one more than the replicas, until one of them ends', async () => {
    template('replicas-2');
    const first = await open(socket, 'files', 1, 'r0');
    await open(socket, 'files', 1, 'r1');
    expect((await open(socket, 'files', 1, 'r2')).answer).toMatchObject({ ok: false, code: 'too_many' });
    expect((await open(socket, 'files', 1, 'r1')).answer).toEqual({ ok: true });
    first.peer.close();
    await vi.waitFor(() => expect(engine.containers.has(copy('r0'))).toBe(false), SOON);
    await vi.waitFor(async () => expect((await open(socket, 'files', 1, 'r2')).answer).toEqual({ ok: true }), SOON);
  });

  it('is one more than a template may have', async () => {
    template();
    for (let i = 0; i < MAX_INSTANCES; i++) {
      expect((await open(socket, 'files', 1, `k${i}`)).answer).toEqual({ ok: true });
    }
    expect((await open(socket, 'files', 1, 'more')).answer).toMatchObject({ ok: false, code: 'too_many' });
  });
});

describe('what a bridge that died left behind', () => {
  it('is removed before the next one listens: instances of this project, and nothing that only looks like one', async () => {
    template();
    await bridge.close();
    const left = engine.add('files', 1, echo, { name: copy('a1'), labels: { [LABEL.instance]: 'a1' } });
    await engine.startContainer(left);
    const foreign = { [LABEL.projectId]: 'another', [LABEL.instance]: 'a2' };
    engine.add('files', 1, echo, { name: copy('a2'), labels: foreign });
    engine.addImage('sha256:labelled', { [LABEL.instance]: 'a3' });
    engine.add('clock', 1, echo, { image: 'sha256:labelled', labels: { [LABEL.instance]: 'a3' } });
    const next = await start();
    expect([...engine.containers.keys()].sort()).toEqual(
      [FILES, copy('a2'), engineName.server(PROJECT.name, 'clock', 1)].sort(),
    );
    expect(events()).toContain(`reaped: ${copy('a1')}`);
    expect((await open(socket, 'clock')).answer).toEqual({ ok: true });
    await next.close();
  });

  it('makes way for one of the same key', async () => {
    template();
    engine.add('files', 1, echo, { name: copy('a1'), labels: { [LABEL.instance]: 'a1' } });
    expect((await open(socket, 'files', 1, 'a1')).answer).toEqual({ ok: true });
    expect(calls('remove')).toEqual([`remove ${copy('a1')}`]);
  });
});

describe('a server that speaks HTTP', () => {
  it('runs as long as the connection stands; all that it writes is log, and nothing is written to it', async () => {
    const id = engine.add(
      'web',
      1,
      (stdio) => {
        stdio.stdout('listening on 8080\n');
        stdio.stderr('a warning\n');
        stdio.onStdin(() => stdio.exit(9));
      },
      { stdin: false },
    );
    const { peer, answer } = await open(socket, 'web');
    expect(answer).toEqual({ ok: true });
    peer.send('nobody reads this\n');
    await vi.waitFor(() => expect(log.filter((line) => line.stderr)).toHaveLength(2), SOON);
    expect(log.flatMap((line) => line.stderr ?? []).sort()).toEqual(['a warning', 'listening on 8080']);
    expect(engine.running(id)).toBe(true);
    engine.exit(id, 1);
    expect(await peer.line()).toBeNull();
    expect(events()).toContain('exited: exit code 1');
  });
});
