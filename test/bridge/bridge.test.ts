import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_OPEN, startBridge, type Bridge } from '../../src/bridge/bridge.js';
import type { LogLine } from '../../src/bridge/protocol.js';
import { Failure, problem } from '../../src/diagnostics/failure.js';
import { LABEL } from '../../src/model/labels.js';
import { echo, FakeEngine, PROJECT, socketName } from './fake-engine.js';
import { ask, connect, open } from './peer.js';
import { TurnedTimers } from './turned-timers.js';

const FILES = 'toolcrib.acme.server.files.g1';
const HANG = { timeout: 5000, interval: 5 };

let folder: string;
let socket: string;
let engine: FakeEngine;
let timers: TurnedTimers;
let log: LogLine[];
let bridge: Bridge;

const start = (): Promise<Bridge> =>
  startBridge({
    engine,
    project: PROJECT,
    socketPath: socket,
    socketGroup: null,
    log: (line) => log.push(line),
    now: timers.now,
    timers,
  });
const events = (): string[] =>
  log.filter((line) => line.event !== undefined).map((line) => `${line.event}: ${line.detail}`);
const calls = (method: string): string[] => engine.calls.filter((call) => call.startsWith(`${method} `));

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'toolcrib-bridge-'));
  socket = path.join(folder, socketName());
  engine = new FakeEngine();
  timers = new TurnedTimers();
  log = [];
  bridge = await start();
});

afterEach(async () => {
  await bridge.close();
  await rm(folder, { recursive: true, force: true });
});

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
    await vi.waitFor(() => expect(engine.running(FILES)).toBe(false), HANG);
    expect(engine.attachment(FILES).destroyed).toBe(true);
    expect(events()).toContain('stopped: the proxy closed the connection');
  });

  it('never opens more than it may', async () => {
    engine.hung.add('list');
    const peers = [];
    for (let i = 1; i <= MAX_OPEN; i++) {
      const peer = connect(socket);
      peer.send(`{"op":"open","server":"files","generation":${i}}\n`);
      peers.push(peer);
    }
    await vi.waitFor(
      () => expect(calls('list').length + engine.calls.filter((c) => c === 'list').length).toBe(MAX_OPEN),
      HANG,
    );
    const { answer } = await open(socket, 'files', 999);
    expect(answer).toMatchObject({ ok: false, code: 'too_many' });
    for (const peer of peers) peer.close();
    timers.turn(31_000);
  });
});

describe('whom it opens', () => {
  const refused = async (code: string): Promise<void> => {
    const { peer, answer } = await open(socket);
    expect(answer).toMatchObject({ ok: false, code });
    expect(await peer.line()).toBeNull();
    expect(calls('attach')).toEqual([]);
  };

  it('refuses a server that is not there, and forgets it', async () => {
    await refused('unknown_server');
    const { answer } = await ask(socket, { op: 'list' });
    expect(answer).toEqual({ ok: true, servers: [] });
  });

  it('refuses the same address of another project', async () => {
    engine.add('files', 1, echo, { labels: { [LABEL.projectId]: 'another' } });
    await refused('unknown_server');
  });

  it('refuses a container that has all labels from its image', async () => {
    engine.addImage('sha256:evil', {
      [LABEL.projectId]: PROJECT.id,
      [LABEL.address]: 'server.files',
      [LABEL.generation]: '1',
    });
    engine.add('files', 1, echo, { image: 'sha256:evil' });
    await refused('unknown_server');
  });

  it('refuses a container without its image under another name, and takes it under its own', async () => {
    engine.add('files', 1, echo, { image: 'sha256:gone', name: 'stranger' });
    await refused('unknown_server');
    engine.add('files', 1, echo, { image: 'sha256:gone' });
    expect((await open(socket)).answer).toEqual({ ok: true });
    expect(calls('start')).toEqual([`start ${FILES}`]);
  });

  it('refuses a dynamic instance', async () => {
    engine.add('files', 1, echo, { labels: { [LABEL.instance]: 'a1' } });
    await refused('unknown_server');
  });

  it('refuses two of the same labels when neither has the name', async () => {
    engine.add('files', 1, echo, { name: 'one' });
    engine.add('files', 1, echo, { name: 'two' });
    await refused('ambiguous_server');
  });

  it('takes the one of our name among two of the same labels', async () => {
    engine.add('files', 1, echo, { name: 'copy' });
    engine.add('files', 1, echo);
    expect((await open(socket)).answer).toEqual({ ok: true });
    expect(calls('start')).toEqual([`start ${FILES}`]);
  });

  it('refuses one that is removed while it looks', async () => {
    engine.add('files', 1, echo);
    engine.inspectContainer = () => Promise.resolve(null);
    await refused('unknown_server');
  });
});

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
    await vi.waitFor(() => expect(timers.pending).toBe(1), HANG);
    timers.turn(5000);
    expect(await peer.line()).toContain('no line within 5 s');
    expect(await peer.line()).toBeNull();
  });

  it('survives a client that goes before its line is whole', async () => {
    const peer = connect(socket);
    peer.send('{"op"');
    await vi.waitFor(() => expect(timers.pending).toBe(1), HANG);
    peer.close();
    await vi.waitFor(() => expect(events()).toContain('refused: the connection ended before the first line did'), HANG);
    expect(timers.pending).toBe(0);
  });
});

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
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), HANG);
    timers.turn(500);
    expect((await again).answer).toEqual({ ok: true });
  });

  it('stops the container when only its stream broke', async () => {
    engine.add('files', 1, echo);
    const { peer } = await open(socket);
    engine.attachment(FILES).close();
    await vi.waitFor(() => expect(timers.pending).toBe(1), HANG);
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
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), HANG);
    timers.turn(500);
    expect((await again).answer).toEqual({ ok: true });
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
        await vi.waitFor(() => expect(events()).toHaveLength(1), HANG);
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
    await vi.waitFor(() => expect(timers.pending).toBeGreaterThan(0), HANG);
    timers.turn(30_000);
    const { peer } = await answering;
    timers.turn(61_000);
    peer.close();
    await vi.waitFor(() => expect(engine.running(FILES)).toBe(false), HANG);
    expect((await open(socket)).answer).toEqual({ ok: true });
  });

  it('does not start it for a client that has gone meanwhile', async () => {
    engine.add('files', 1, (stdio) => stdio.exit(1));
    const first = await open(socket);
    expect(await first.peer.line()).toBeNull();
    const peer = connect(socket);
    peer.send('{"op":"open","server":"files","generation":1}\n');
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), HANG);
    peer.close();
    await vi.waitFor(() => expect(events()).toContain('stopped: the proxy closed the connection'), HANG);
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
    await vi.waitFor(() => expect(events()).toContain('restarting: in 0.5 s'), HANG);
  });
});

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
      await vi.waitFor(() => expect(timers.pending).toBeLessThan(3), HANG);
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
    await vi.waitFor(() => expect(engine.calls.some((call) => call.startsWith(method))).toBe(true), HANG);
    timers.turn(30_000);
    expect((await answering).answer).toEqual({
      ok: false,
      code: 'engine_unreachable',
      error: `The engine did not ${words} within 30 s.`,
    });
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
    await vi.waitFor(() => expect(engine.attachment(FILES).paused).toBe(true), HANG);
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

describe('the bridge itself', () => {
  it('makes its socket readable and writable for owner and group alone', async () => {
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
  });

  it('replaces a stale socket', async () => {
    const stale = path.join(folder, 'stale.sock');
    await writeFile(stale, '');
    socket = stale;
    const other = await start();
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
    await vi.waitFor(() => expect(timers.pending).toBe(1), HANG);
    await bridge.close();
    expect(engine.running(FILES)).toBe(false);
    expect(await peer.line()).toBeNull();
    expect(await idle.line()).toBeNull();
    await expect(new Promise((_, reject) => net.connect(socket).once('error', reject))).rejects.toThrow('ENOENT');
    expect(events()).toContain('closed: no server is left running');
  });

  it('cannot start where its socket cannot be', async () => {
    socket = path.join(folder, 'missing', 'bridge.sock');
    await expect(start()).rejects.toThrow();
  });
});
