/** How a process ends, and what keeps crashing. */
import { describe, expect, it, vi } from 'vitest';
import { Failure, problem } from '../../src/diagnostics/failure.js';
import { LABEL } from '../../src/model/labels.js';
import { echo } from './fake-engine.js';
import { ask, connect, open } from './peer.js';
import { calls, engine, events, FILES, log, socket, SOON, timers } from './started-bridge.js';

describe('the end of a process', () => {
  it('closes the connection after its last output, and says how it ended', async () => {
    engine.add('files', 1, (stdio) => {
      stdio.stderr('cannot find /data\n');
      stdio.stdout('bye\n');
      stdio.exit(3);
    });
    const { peer } = await open(socket);
    expect(await peer.line()).toBe('bye');
    expect(await peer.line()).toBeNull();
    expect(events()).toContain('exited: exit code 3');
    const { answer } = await ask(socket, { op: 'list' });
    expect(answer).toEqual({
      ok: true,
      servers: [
        {
          server: 'files',
          generation: 1,
          state: 'stopped',
          restarts: 0,
          instance: null,
          lastError: 'exit code 3',
          stderr: ['cannot find /data'],
        },
      ],
    });
  });

  it('says when it was out of memory', async () => {
    engine.add('files', 1, (stdio) => stdio.exit(137, true));
    const { peer } = await open(socket);
    expect(await peer.line()).toBeNull();
    expect(events()).toContain('exited: exit code 137, out of memory');
  });

  it('is noticed when somebody else kills it, and the next open starts a fresh one', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    engine.exit(FILES, 137);
    expect(await peer.line()).toBeNull();
    const again = open(socket);
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), SOON);
    timers.turn(500);
    expect((await again).answer).toEqual({ ok: true });
  });

  it.each([-86_400_000, 86_400_000])(
    'delays the next start by the same, the date set by %i ms meanwhile',
    async (by) => {
      engine.add('files', 1, echo);
      const { peer } = await open(socket);
      engine.exit(FILES, 137);
      expect(await peer.line()).toBeNull();
      timers.setDate(timers.now().getTime() + by);
      const again = open(socket);
      await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), SOON);
      timers.turn(500);
      expect((await again).answer).toEqual({ ok: true });
    },
  );

  it('stops the container when only its stream broke', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    engine.attachment(FILES).close();
    await vi.waitFor(() => expect(timers.pending).toBe(1), SOON);
    timers.turn(2000);
    expect(await peer.line()).toBeNull();
    expect(engine.running(FILES)).toBe(false);
    expect(events()).toContain('exited: the engine closed its streams');
  });

  it('says when the container was removed', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    engine.exit(FILES, 137);
    engine.containers.delete(FILES);
    engine.waitContainer = () => Promise.reject(new Error('no such container'));
    expect(await peer.line()).toBeNull();
    expect(events()).toContain('exited: the container was removed');
  });

  it('goes on when the engine cannot say how it ended', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    engine.broken.set('inspect', new Error('socket hang up'));
    engine.exit(FILES, 1);
    expect(await peer.line()).toBeNull();
    expect(events().at(-1)).toContain('socket hang up');
    engine.broken.clear();
    const again = open(socket);
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), SOON);
    timers.turn(500);
    expect((await again).answer).toEqual({ ok: true });
  });
});

describe('a server that is not to be restarted', () => {
  it.each([
    ['never', 0],
    ['never', 1],
    ['on-failure', 0],
  ])('%s, exit code %d: stays ended, and says so', async (restart, code) => {
    engine.add('files', 1, (stdio) => stdio.exit(code), { labels: { [LABEL.restart]: restart } });
    const { peer } = await open(socket);
    expect(await peer.line()).toBeNull();
    const again = await open(socket);
    expect(again.answer).toEqual({
      ok: false,
      code: 'server_exited',
      error: `it ended (exit code ${code}), and with \`restart: ${restart}\` it stays so until the next apply`,
    });
    expect(calls('start')).toEqual([`start ${FILES}`]);
  });

  it.each([
    ['on-failure', 1],
    ['always', 0],
    ['whatever', 0],
  ])('%s, exit code %d: is', async (restart, code) => {
    engine.add('files', 1, echo, { labels: { [LABEL.restart]: restart } });
    const { peer } = await open(socket);
    engine.exit(FILES, code);
    expect(await peer.line()).toBeNull();
    const again = open(socket);
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), SOON);
    timers.turn(500);
    expect((await again).answer).toEqual({ ok: true });
  });

  it('starts again after it was stopped on request: that is no end of its own', async () => {
    engine.add('files', 1, echo, { labels: { [LABEL.restart]: 'never' } });
    (await open(socket)).peer.close();
    await vi.waitFor(() => expect(engine.running(FILES)).toBe(false), SOON);
    expect((await open(socket)).answer).toEqual({ ok: true });
  });
});

describe('a server that keeps crashing', () => {
  it('waits 0.5, 1, 2, … 30 s, and not at all after a good run', async () => {
    let crash = true;
    engine.add('files', 1, (stdio) => (crash ? stdio.exit(1) : echo(stdio)));
    const waits: string[] = [];
    for (let i = 0; i < 9; i++) {
      log.length = 0;
      const answering = open(socket);
      if (i > 0) {
        await vi.waitFor(() => expect(events()).toHaveLength(1), SOON);
        waits.push(events()[0] ?? '');
        timers.turn(30_000);
      }
      const { peer, answer } = await answering;
      expect(answer).toEqual({ ok: true });
      expect(await peer.line()).toBeNull();
    }
    expect(waits.map((wait) => wait.replace(/^restarting: in /, ''))).toEqual([
      '0.5 s',
      '1 s',
      '2 s',
      '4 s',
      '8 s',
      '16 s',
      '30 s',
      '30 s',
    ]);
    crash = false;
    const answering = open(socket);
    await vi.waitFor(() => expect(timers.pending).toBeGreaterThan(0), SOON);
    timers.turn(30_000);
    const { peer } = await answering;
    timers.turn(61_000);
    peer.close();
    await vi.waitFor(() => expect(engine.running(FILES)).toBe(false), SOON);
    expect((await open(socket)).answer).toEqual({ ok: true });
  });

  it('does not start it for a client that has gone meanwhile', async () => {
    engine.add('files', 1, (stdio) => stdio.exit(1));
    const first = await open(socket);
    expect(await first.peer.line()).toBeNull();
    const peer = connect(socket);
    peer.send('{"op":"open","server":"files","generation":1}\n');
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), SOON);
    peer.close();
    await vi.waitFor(() => expect(events()).toContain('stopped: the proxy closed the connection'), SOON);
    timers.turn(30_000);
    expect(calls('start')).toHaveLength(1);
  });

  it('counts a start that the engine refused', async () => {
    engine.add('files', 1, echo);
    engine.broken.set('start', new Failure([problem('engine_error', 'no such file: /bin/nothing', 'Mend the image.')]));
    const { answer } = await open(socket);
    expect(answer).toEqual({ ok: false, code: 'engine_error', error: 'no such file: /bin/nothing' });
    expect(engine.attachment(FILES).destroyed).toBe(true);
    void open(socket);
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), SOON);
  });
});
