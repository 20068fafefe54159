/** The bridge itself: its socket, its end, and an engine in trouble. */
import { stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { echo } from './fake-engine.js';
import { ask, connect, open } from './peer.js';
import { bridge, engine, events, FILES, folder, socket, SOON, start, timers } from './started-bridge.js';

describe('an engine in trouble', () => {
  it.each(['list', 'image', 'inspect', 'attach'])(
    'answers with the cause when %s fails, and works again after it',
    async (method) => {
      engine.add('files', 1, echo);
      engine.broken.set(method, new Error('connect ECONNREFUSED'));
      const { answer } = await open(socket);
      expect(answer).toEqual({ ok: false, code: 'internal', error: 'connect ECONNREFUSED' });
      engine.broken.clear();
      const again = open(socket);
      await vi.waitFor(() => expect(timers.pending).toBeLessThan(3), SOON);
      timers.turn(1000);
      expect((await again).answer).toEqual({ ok: true });
    },
  );

  it.each([
    ['list', 'find the server'],
    ['attach', 'attach'],
    ['start', 'start the container'],
  ])('gives up on a %s that never answers', async (method, words) => {
    engine.add('files', 1, echo);
    engine.hung.add(method);
    const answering = open(socket);
    await vi.waitFor(() => expect(engine.calls.some((call) => call.startsWith(method))).toBe(true), SOON);
    timers.turn(30_000);
    expect((await answering).answer).toEqual({
      ok: false,
      code: 'engine_unreachable',
      error: `The engine did not ${words} within 30 s.`,
    });
  });
});

describe('the bridge itself', () => {
  it('makes its socket readable and writable for owner and group alone', async () => {
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
  });

  it('replaces a stale socket', async () => {
    const stale = path.join(folder, 'stale.sock');
    await writeFile(stale, '');
    const other = await start(stale);
    expect((await ask(stale, { op: 'list' })).answer).toEqual({ ok: true, servers: [] });
    await other.close();
  });

  it('leaves the socket of a newer bridge alone when it closes', async () => {
    const newer = await start();
    await bridge.close();
    expect((await ask(socket, { op: 'list' })).answer).toEqual({ ok: true, servers: [] });
    await newer.close();
    await expect(stat(socket)).rejects.toThrow('ENOENT');
  });

  it('closes everything and stops what it started', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    const idle = connect(socket);
    await vi.waitFor(() => expect(timers.pending).toBe(1), SOON);
    await bridge.close();
    expect(engine.running(FILES)).toBe(false);
    expect(await peer.line()).toBeNull();
    expect(await idle.line()).toBeNull();
    await expect(new Promise((_, reject) => net.connect(socket).once('error', reject))).rejects.toThrow('ENOENT');
    expect(events()).toContain('closed: no server is left running');
  });

  it('cannot start where its socket cannot be', async () => {
    await expect(start(path.join(folder, 'missing', 'bridge.sock'))).rejects.toThrow();
  });
});
