/**
 * One life of a server's process: attached before it starts, so that no byte is lost, carried until either
 * side ends, and laid down so that the container is stopped for certain. One that speaks HTTP has no stdin: the
 * connection then says that it is to run, and what it writes is all log.
 */
import type { Attachment } from '../engine/engine.js';
import { Failure } from '../diagnostics/failure.js';
import type { ContainerInspect } from '../model/inspect.js';
import type { Client } from './client.js';
import type { Surroundings } from './surroundings.js';
import { within } from './timers.js';

export interface Life {
  container: ContainerInspect;
  attachment: Attachment;
  /** By the clock of the bridge's timers. */
  startedAt: number;
  /** The engine's stream ended. */
  closed: Promise<void>;
}

export interface Ended {
  /** How the process ended, in words. */
  words: string;
  /** null: it did not end by itself, or the engine does not say. */
  exitCode: number | null;
  /** Why the container could not be stopped. */
  problem: string | null;
}

const DEFAULT_STOP_SECONDS = 10;
export const ENGINE_CALL_MS = 30_000;
/** The stream ends a little before the engine knows that the process has. */
const SETTLE_MS = 2000;

/** Answers `{"ok":true}`, with the address of one that speaks HTTP, between start and the first byte of stdout. */
export async function startLife(
  around: Surroundings,
  container: ContainerInspect,
  client: Client,
  log: { stdout(chunk: Buffer): void; stderr(chunk: Buffer): void },
): Promise<Life> {
  const { engine, timers } = around;
  if (container.State.Running) await stop(around, container);
  const attachment = await attach(around, container.Id);
  const closed = new Promise<void>((resolve) => attachment.onClose(resolve));
  const speaksHttp = container.Config.OpenStdin === false;
  const output = speaksHttp ? null : carryOut(client, attachment);
  if (speaksHttp) attachment.onStdout((chunk) => log.stdout(chunk));
  attachment.onStderr((chunk) => log.stderr(chunk));
  let address: string | undefined;
  try {
    const start = (): Promise<void> =>
      within(timers, ENGINE_CALL_MS, 'start the container', engine.startContainer(container.Id));
    await (around.starts?.take(start) ?? start());
    if (speaksHttp) address = await addressOf(around, container.Id);
  } catch (error) {
    attachment.destroy();
    throw error;
  }
  const startedAt = around.timers.clock();
  client.answer({ ok: true, ...(address !== undefined && { address }) });
  output?.open();
  client.carryTo((chunk) => (speaksHttp ? Promise.resolve() : attachment.write(chunk)));
  return { container, attachment, startedAt, closed };
}

/** The engine may give another one at each start. */
async function addressOf({ engine, timers }: Surroundings, id: string): Promise<string | undefined> {
  const running = await within(timers, ENGINE_CALL_MS, 'inspect', engine.inspectContainer(id));
  const networks = Object.values(running?.NetworkSettings.Networks ?? {});
  return networks.map(({ IPAddress }) => IPAddress).find((address) => address !== undefined && address !== '');
}

async function attach(around: Surroundings, id: string): Promise<Attachment> {
  const attaching = around.engine.attach(id);
  try {
    return await within(around.timers, ENGINE_CALL_MS, 'attach', attaching);
  } catch (error) {
    // One that comes after all must not keep the container's streams.
    attaching.then((late) => late.destroy()).catch(() => undefined);
    throw error;
  }
}

/** stdout to the client, held back until the answer has been given; a slow client pauses the container. */
function carryOut(client: Client, attachment: Attachment): { open(): void } {
  let early: Buffer[] | null = [];
  const send = (chunk: Buffer): void => {
    if (!client.send(chunk)) attachment.pause();
  };
  attachment.onStdout((chunk) => {
    if (!early) return send(chunk);
    early.push(chunk);
    attachment.pause();
  });
  client.onDrain(() => attachment.resume());
  return {
    open() {
      const chunks = early ?? [];
      early = null;
      let flows = true;
      for (const chunk of chunks) flows = client.send(chunk);
      if (flows) attachment.resume();
    },
  };
}

/** @param onRequest the connection is over but the process may still run. */
export async function endLife(around: Surroundings, life: Life, onRequest: boolean): Promise<Ended> {
  const { engine, timers } = around;
  const { container, attachment } = life;
  try {
    if (!onRequest) await settled(around, container.Id);
    const before = await within(timers, ENGINE_CALL_MS, 'inspect', engine.inspectContainer(container.Id));
    if (before?.State.Running) await stop(around, before);
    const exitCode = before && !before.State.Running ? before.State.ExitCode : null;
    return { words: exitWords(before), exitCode, problem: null };
  } catch (error) {
    const words = error instanceof Failure ? (error.diagnostics[0]?.detail ?? error.message) : String(error);
    return { words: `its stream ended and the engine does not say why: ${words}`, exitCode: null, problem: words };
  } finally {
    attachment.destroy();
  }
}

async function settled(around: Surroundings, id: string): Promise<void> {
  const exit = around.engine.waitContainer(id);
  // Still running after this: the stream broke, not the process. It is stopped then.
  await within(around.timers, SETTLE_MS, 'report the exit', exit).catch(() => undefined);
}

async function stop(around: Surroundings, container: ContainerInspect): Promise<void> {
  const seconds = container.Config.StopTimeout ?? DEFAULT_STOP_SECONDS;
  const bound = seconds * 1000 + ENGINE_CALL_MS;
  await within(around.timers, bound, 'stop the container', around.engine.stopContainer(container.Id, seconds));
}

function exitWords(container: ContainerInspect | null): string {
  if (!container) return 'the container was removed';
  const { ExitCode, OOMKilled, Error: error, Running } = container.State;
  if (Running) return 'the engine closed its streams';
  const memory = OOMKilled ? ', out of memory' : '';
  return `exit code ${ExitCode}${memory}${error ? `: ${error}` : ''}`;
}
