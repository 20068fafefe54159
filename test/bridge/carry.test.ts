/** Bytes that outrun their reader, and stderr. */
import { describe, expect, it, vi } from 'vitest';
import { echo } from './fake-engine.js';
import { ask, connect, open } from './peer.js';
import { engine, events, FILES, log, socket, SOON, timers } from './started-bridge.js';

describe('back-pressure', () => {
  it('pauses the container while the client does not read, and loses nothing', async () => {
    const total = 4_000_000;
    engine.add('files', 1, (stdio) => {
      for (let sent = 0; sent < total; sent += 10_000) stdio.stdout(Buffer.alloc(10_000, 0x61));
      stdio.stdout('\n');
    });
    const peer = connect(socket);
    peer.send('{"op":"open","server":"files","generation":1}\n');
    peer.socket.pause();
    await vi.waitFor(() => expect(engine.attachment(FILES).paused).toBe(true), SOON);
    peer.socket.resume();
    expect(await peer.line()).toBe('{"ok":true}');
    expect((await peer.line())?.length).toBe(total);
  });

  it('stops reading from the client while the process takes nothing', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    let letGo = (): void => undefined;
    engine.attachment(FILES).gate = new Promise((resolve) => (letGo = resolve));
    const total = 8_000_000;
    peer.send(Buffer.alloc(total, 0x62));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.socket.writableLength).toBeGreaterThan(0);
    letGo();
    peer.send('\n');
    expect((await peer.line())?.length).toBe(total);
  });
});

describe('stderr', () => {
  it('goes line by line to the log', async () => {
    engine.add('files', 1, (stdio) => {
      stdio.stderr('half ');
      stdio.stderr('a line\r\nsecond\n');
      stdio.stderr('x'.repeat(5000));
      stdio.stderr('\n');
    });
    await open(socket);
    const lines = log.filter((line) => line.stderr !== undefined);
    expect(lines[0]).toEqual({
      time: '2026-11-22T00:00:00.000Z',
      server: 'files',
      generation: 1,
      stderr: 'half a line',
    });
    expect(lines[1]?.stderr).toBe('second');
    expect(lines[2]).toMatchObject({ stderr: 'x'.repeat(4096), truncated: true });
  });

  it('of a flooding server is cut, counted and said', async () => {
    engine.add('files', 1, (stdio) => {
      for (let i = 0; i < 1000; i++) stdio.stderr(`line ${i}\n`);
    });
    await open(socket);
    expect(log.filter((line) => line.stderr !== undefined)).toHaveLength(200);
    timers.turn(10_000);
    expect(events()).toContain('stderr_dropped: 800 lines above the rate limit');
    const { answer } = await ask(socket, { op: 'list' });
    const [server] = (answer as { servers: { stderr: string[] }[] }).servers;
    expect(server?.stderr).toHaveLength(50);
    expect(server?.stderr.at(-1)).toBe('line 999');
  });
});
