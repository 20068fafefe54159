/** What else may come over the socket. */
import { describe, expect, it, vi } from 'vitest';
import { connect } from './peer.js';
import { engine, events, socket, SOON, timers } from './started-bridge.js';

describe('garbage on the socket', () => {
  it.each([
    ['', 'not JSON'],
    ['hello', 'not JSON'],
    ['[]', 'not an object'],
    ['null', 'not an object'],
    ['{}', '"op"'],
    ['{"op":"exec"}', '"op"'],
    ['{"op":"list","all":true}', 'unknown field "all"'],
    ['{"op":"open","server":"files","generation":1,"container":"x"}', 'unknown field "container"'],
    ['{"op":"open","server":"../files","generation":1}', '"server"'],
    ['{"op":"open","server":7,"generation":1}', '"server"'],
    ['{"op":"open","server":"files"}', '"generation"'],
    ['{"op":"open","server":"files","generation":"1"}', '"generation"'],
    ['{"op":"open","server":"files","generation":0}', '"generation"'],
    ['{"op":"open","server":"files","generation":1.5}', '"generation"'],
    ['{"op":"close","server":"files","generation":1e12}', '"generation"'],
    ['{"op":"open","server":"files","generation":1,"instance":""}', '"instance"'],
    ['{"op":"open","server":"files","generation":1,"instance":"../a"}', '"instance"'],
    ['{"op":"open","server":"files","generation":1,"instance":7}', '"instance"'],
  ])('refuses %s', async (line, complaint) => {
    const peer = connect(socket);
    peer.send(`${line}\n`);
    const answer = JSON.parse((await peer.line()) ?? '') as { error: string };
    expect(answer).toMatchObject({ ok: false, code: 'bad_request' });
    expect(answer.error).toContain(complaint);
    expect(await peer.line()).toBeNull();
    expect(engine.calls).toEqual([]);
  });

  it('refuses a line above 4 KiB without waiting for its end', async () => {
    const peer = connect(socket);
    peer.send(Buffer.alloc(5000, 0x61));
    expect(await peer.line()).toContain('longer than 4096 bytes');
    expect(await peer.line()).toBeNull();
  });

  it('refuses one whose line does not come in time', async () => {
    const peer = connect(socket);
    peer.send('{"op"');
    await vi.waitFor(() => expect(timers.pending).toBe(1), SOON);
    timers.turn(5000);
    expect(await peer.line()).toContain('no line within 5 s');
    expect(await peer.line()).toBeNull();
  });

  it('survives a client that goes before its line is whole', async () => {
    const peer = connect(socket);
    peer.send('{"op"');
    await vi.waitFor(() => expect(timers.pending).toBe(1), SOON);
    peer.close();
    await vi.waitFor(() => expect(events()).toContain('refused: the connection ended before the first line did'), SOON);
    expect(timers.pending).toBe(0);
  });
});
