/** A bridge on the engine in memory, new for each test of the file that imports this. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { startBridge, type Bridge } from '../../src/bridge/bridge.js';
import type { LogLine } from '../../src/bridge/protocol.js';
import { FakeEngine, PROJECT } from './fake-engine.js';
import { TurnedTimers } from './turned-timers.js';

/** The container that most tests open. */
export const FILES = 'toolcrib.acme.server.files.g1';
/** How often to look for what must come, and when to give up. */
export const SOON = { timeout: 5000, interval: 5 };

export let folder: string;
export let socket: string;
export let engine: FakeEngine;
export let timers: TurnedTimers;
export let log: LogLine[];
export let bridge: Bridge;

export const start = (socketPath = socket): Promise<Bridge> =>
  startBridge({
    engine,
    project: PROJECT,
    socketPath,
    socketGroup: null,
    log: (line) => log.push(line),
    now: timers.now,
    timers,
  });

/** The bridge's own lines, as `event: detail`. */
export const events = (): string[] =>
  log.filter((line) => line.event !== undefined).map((line) => `${line.event}: ${line.detail}`);

/** Calls of one method, with their arguments. */
export const calls = (method: string): string[] => engine.calls.filter((call) => call.startsWith(`${method} `));

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'toolcrib-bridge-'));
  socket = path.join(folder, 'bridge.sock');
  engine = new FakeEngine();
  timers = new TurnedTimers();
  log = [];
  bridge = await start();
  engine.calls.length = 0; // it looked for what an earlier one left behind
});

afterEach(async () => {
  await bridge.close();
  await rm(folder, { recursive: true, force: true });
});
