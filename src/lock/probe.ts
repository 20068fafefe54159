/**
 * Reads a server's definitions from a sealed container that lives for this question alone. Whatever happens, the
 * container is removed; and should this process be killed, the end of its stdin ends it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { toolHashes } from '../definitions/hash.js';
import type { Diagnostic, Range } from '../diagnostics/diagnostic.js';
import { Exit } from '../diagnostics/diagnostic.js';
import { Failure, problem } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { meet } from '../mcp/meet.js';
import type { Timers } from '../mcp/timers.js';
import { serverRefused } from '../mcp/refusals.js';
import type { ResolvedContainer } from '../model/container.js';
import type { Envelope, ServerDefinitions } from '../model/definitions.js';
import { attachedChannel } from './attached-channel.js';

export interface ProbeOptions {
  /** `server.files`: what diagnostics are about. */
  address: string;
  range?: Range | undefined;
  clientInfo: { name: string; version: string };
  envelope: Envelope;
  /** Raised: the probe ends, and its container is removed. */
  signal: AbortSignal;
  /** For `initialize`, and again for the lists; null: 30. */
  timeoutSeconds: number | null;
}

export const SECONDS = 30;

const clock: Timers = {
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * @param spec sealed.
 * @param name of the container.
 * @throws Failure `server_exited`, `server_timeout`, `server_bad_output`, `server_refused` with the last lines of
 *   stderr; `interrupted`; and the engine's own.
 */
export async function probeServer(
  engine: Engine,
  spec: ResolvedContainer,
  name: string,
  options: ProbeOptions,
): Promise<ServerDefinitions> {
  if (options.signal.aborted) throw interrupted();
  const id = await engine.createContainer(name, spec, { stdinOnce: true });
  try {
    return await ask(engine, id, options);
  } finally {
    // By force: there is no data in it that an orderly end could save.
    await engine.removeContainer(id);
  }
}

async function ask(engine: Engine, id: string, options: ProbeOptions): Promise<ServerDefinitions> {
  const milliseconds = (options.timeoutSeconds ?? SECONDS) * 1000;
  const channel = attachedChannel(await engine.attach(id), () => lastWords(engine, id));
  const stop = (): void => channel.close();
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    await start(engine, id);
    const deadlines = { initializeMs: milliseconds, listMs: milliseconds, timers: clock };
    const { envelope, clientInfo } = options;
    const definitions = await meet(channel, { ...deadlines, envelope, clientInfo });
    refuseAmbiguous(definitions);
    return definitions;
  } catch (error) {
    if (options.signal.aborted) throw interrupted();
    throw told(channel.broken ?? error, channel.stderr(), options);
  } finally {
    options.signal.removeEventListener('abort', stop);
    channel.close();
  }
}

/** An image without that program, or a command that is no program, shows here, in the engine's words. */
export async function start(engine: Engine, id: string): Promise<void> {
  try {
    await engine.startContainer(id);
  } catch (error) {
    const refused = error instanceof Failure ? error.diagnostics[0] : undefined;
    if (refused?.code !== 'engine_error') throw error;
    throw new Failure([
      problem(
        'server_exited',
        `It cannot be started: ${refused.detail}`,
        'Check `command`, and what the image starts.',
      ),
    ]);
  }
}

/** How the process ended, as the engine tells it: which it may know a moment after the output's end. */
export async function lastWords(engine: Engine, id: string): Promise<string> {
  const look = async () => (await engine.inspectContainer(id).catch(() => null))?.State;
  let state = await look();
  for (let again = 0; state?.Running === true && again < 20; again += 1) {
    await pause(100);
    state = await look();
  }
  if (!state || state.Running) return 'It closed its output, or the engine closed the connection.';
  if (state.OOMKilled) return 'It was killed for using more memory than `resources.memory` allows.';
  return `It ended with exit code ${state.ExitCode}.`;
}

/** Definitions must be told apart by name, or no grant could say which is meant. */
export function refuseAmbiguous(definitions: ServerDefinitions): void {
  try {
    toolHashes(definitions);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw serverRefused(`Its definitions cannot be locked: ${error.message}.`);
  }
}

/** The failure with its place and what the server said on stderr. */
export function told(error: unknown, lines: readonly string[], { address, range }: ProbeOptions): unknown {
  if (!(error instanceof Failure)) return error;
  const stderr =
    lines.length === 0
      ? '\nIt wrote nothing to stderr.'
      : `\nThe last lines it wrote to stderr:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  const about = (each: Diagnostic): Diagnostic => ({
    ...each,
    detail: each.code.startsWith('server_') ? `${each.detail}${stderr}` : each.detail,
    address: each.address ?? address,
    ...(range ? { range: each.range ?? range } : {}),
  });
  return new Failure(error.diagnostics.map(about), error.exit);
}

export function interrupted(): Failure {
  const fix = 'Nothing was written; run the command again.';
  return new Failure([problem('interrupted', 'Stopped while a server was being asked.', fix)], Exit.error);
}
