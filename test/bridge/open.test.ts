/** A connection and the life of its process. */
import { describe, expect, it, vi } from 'vitest';
import { MAX_OPEN } from '../../src/bridge/bridge.js';
import { echo } from './fake-engine.js';
import { ask, connect, open } from './peer.js';
import { calls, engine, events, FILES, socket, SOON, timers } from './started-bridge.js';

describe('open', () => {
  it('attaches before it starts, answers, and then carries bytes both ways', async () => {
    engine.add('files', 1, echo);
    const { peer, answer } = await open(socket);
    expect(answer).toEqual({ ok: true });
    peer.send('{"id":1}\n');
    expect(await peer.line()).toBe('{"id":1}');
    expect(engine.calls.indexOf(`attach ${FILES}`)).toBeLessThan(engine.calls.indexOf(`start ${FILES}`));
    peer.close();
  });

  it('answers before the first byte of stdout, however early that comes', async () => {
    engine.add('files', 1, (stdio) => {
      stdio.stdout('early one\n');
      stdio.stdout('early two\n');
    });
    const { peer, answer } = await open(socket);
    expect(answer).toEqual({ ok: true });
    expect(await peer.line()).toBe('early one');
    expect(await peer.line()).toBe('early two');
  });

  it('carries what the client sent behind its first line', async () => {
    engine.add('files', 1, echo);
    const peer = connect(socket);
    peer.send('{"op":"open","server":"files","generation":1}\n{"id":1}\n{"id"');
    expect(await peer.line()).toBe('{"ok":true}');
    expect(await peer.line()).toBe('{"id":1}');
    peer.send(':2}\n');
    expect(await peer.line()).toBe('{"id":2}');
  });

  it('takes a first line that comes byte by byte', async () => {
    engine.add('files', 1, echo);
    const peer = connect(socket);
    for (const byte of Buffer.from('{"op":"open","server":"files","generation":1}\n')) {
      peer.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await peer.line()).toBe('{"ok":true}');
  });

  it('restarts a container that already runs: a connection is one process', async () => {
    engine.add('files', 1, echo);
    await engine.startContainer(FILES);
    const { answer } = await open(socket);
    expect(answer).toEqual({ ok: true });
    expect(calls('stop')).toEqual([`stop ${FILES} 3`]);
    expect(calls('start')).toHaveLength(2);
  });

  it('ends the first connection when a second opens the same server, and only then starts again', async () => {
    engine.add('files', 1, echo);
    const first = await open(socket);
    const second = await open(socket);
    expect(second.answer).toEqual({ ok: true });
    expect(await first.peer.line()).toBeNull();
    second.peer.send('x\n');
    expect(await second.peer.line()).toBe('x');
    expect(engine.calls.filter((call) => /^(start|stop)/.test(call))).toEqual([
      `start ${FILES}`,
      `stop ${FILES} 3`,
      `start ${FILES}`,
    ]);
    expect(events()).toContain('stopped: another connection opened the same server');
  });

  it('keeps two generations of a server apart', async () => {
    engine.add('files', 1, (stdio) => stdio.stdout('one\n'));
    engine.add('files', 2, (stdio) => stdio.stdout('two\n'));
    const first = await open(socket, 'files', 1);
    const second = await open(socket, 'files', 2);
    expect(await first.peer.line()).toBe('one');
    expect(await second.peer.line()).toBe('two');
  });

  it('stops the container when the client goes away', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    peer.close();
    await vi.waitFor(() => expect(engine.running(FILES)).toBe(false), SOON);
    expect(engine.attachment(FILES).destroyed).toBe(true);
    expect(events()).toContain('stopped: the proxy closed the connection');
  });

  it('never opens more than it may', async () => {
    engine.hung.add('list');
    const asked = (): number => calls('list').length + engine.calls.filter((c) => c === 'list').length;
    const peers = [];
    for (let i = 1; i <= MAX_OPEN; i++) {
      const peer = connect(socket);
      peer.send(`{"op":"open","server":"files","generation":${i}}\n`);
      peers.push(peer);
      // The system keeps so many waiting to be taken, and refuses the rest.
      if (i % 256 === 0) await vi.waitFor(() => expect(asked()).toBe(i), SOON);
    }
    const { answer } = await open(socket, 'files', 999);
    expect(answer).toMatchObject({ ok: false, code: 'too_many' });
    for (const peer of peers) peer.close();
    timers.turn(31_000);
  });
});

describe('close', () => {
  it('stops the server and ends its connection', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    const { answer } = await ask(socket, { op: 'close', server: 'files', generation: 1 });
    expect(answer).toEqual({ ok: true });
    expect(engine.running(FILES)).toBe(false);
    expect(await peer.line()).toBeNull();
    expect(events()).toContain('stopped: the proxy asked to close it');
  });

  it('is content with a server that is not open', async () => {
    const { answer } = await ask(socket, { op: 'close', server: 'files', generation: 1 });
    expect(answer).toEqual({ ok: true });
  });
});
