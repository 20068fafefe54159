/**
 * Reads the definitions of a server that speaks HTTP. It is sealed off like every other: no network but its own
 * loopback. A second container shares that network, asks there, and tells over its stdout, so that all of it goes
 * through the engine's API and no port is opened anywhere.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Attachment, Engine } from '../engine/engine.js';
import { lineSplitter } from '../mcp/lines.js';
import { serverExited, serverTimeout } from '../mcp/refusals.js';
import type { ResolvedContainer } from '../model/container.js';
import type { ServerDefinitions } from '../model/definitions.js';
import { interrupted, lastWords, refuseAmbiguous, SECONDS, start, told } from './probe.js';
import type { ProbeOptions } from './probe.js';
import { stderrTail } from './stderr-tail.js';

export interface HttpProbe {
  name: string;
  /** Sealed. */
  spec: ResolvedContainer;
  /** Where it listens, as seen from inside. */
  url: string;
  /** Toolcrib's own image, sealed; its network and command are given here. */
  asking: { name: string; spec: ResolvedContainer };
}

/** The asking container's start and three ways to meet a server come on top of the server's own time. */
const GRACE_SECONDS = 60;

/** @throws Failure as probeServer. */
export async function probeHttpServer(
  engine: Engine,
  { name, spec, url, asking }: HttpProbe,
  options: ProbeOptions,
): Promise<ServerDefinitions> {
  const stopped = (): boolean => options.signal.aborted;
  if (stopped()) throw interrupted();
  const tail = stderrTail();
  const id = await engine.createContainer(name, spec);
  try {
    const server = await engine.attach(id);
    server.onStdout((chunk) => tail.push(chunk));
    server.onStderr((chunk) => tail.push(chunk));
    const ended = new Promise<never>((_, reject) =>
      server.onClose(() => void lastWords(engine, id).then((words) => reject(serverExited(words)))),
    );
    ended.catch(() => undefined); // told by whoever waits for it
    await start(engine, id);
    const question = {
      ...asking.spec,
      network: `container:${id}`,
      cmd: ['ask', JSON.stringify(questionOf(url, options))],
    };
    const definitions = await ask(engine, asking.name, question, ended, options);
    refuseAmbiguous(definitions);
    return definitions;
  } catch (error) {
    if (stopped()) throw interrupted();
    throw told(error, tail.lines(), options);
  } finally {
    await engine.removeContainer(id);
  }
}

function questionOf(url: string, { envelope, clientInfo, timeoutSeconds }: ProbeOptions): object {
  const seconds = timeoutSeconds ?? SECONDS;
  return { target: { url, reach: 'internal' }, envelope, clientInfo, seconds, patient: true };
}

async function ask(
  engine: Engine,
  name: string,
  spec: ResolvedContainer,
  ended: Promise<never>,
  options: ProbeOptions,
): Promise<ServerDefinitions> {
  const id = await engine.createContainer(name, spec, { stdinOnce: true });
  try {
    const attachment = await engine.attach(id);
    const seconds = 2 * (options.timeoutSeconds ?? SECONDS) + GRACE_SECONDS;
    const answer = firstLine(attachment, seconds, options.signal);
    await engine.startContainer(id);
    return definitionsIn(await Promise.race([answer, ended]));
  } finally {
    await engine.removeContainer(id);
  }
}

function firstLine(attachment: Attachment, seconds: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(serverTimeout('what it was asked', seconds)), seconds * 1000);
    const splitter = lineSplitter(resolve, () => reject(new Error('the answer of `ask` is too long')), LONGEST);
    const errors = stderrTail();
    attachment.onStdout((chunk) => splitter.push(chunk));
    attachment.onStderr((chunk) => errors.push(chunk));
    attachment.onClose(() => {
      clearTimeout(late);
      reject(new Error(`the asking container ended without an answer: ${errors.lines().join(' ')}`));
    });
    signal.addEventListener('abort', () => reject(interrupted()), { once: true });
  });
}

/** Definitions are bounded to 8 MiB by the handshake; escaped, they may be longer. */
const LONGEST = 64 * 1024 * 1024;

function definitionsIn(line: Buffer): ServerDefinitions {
  const said = JSON.parse(line.toString('utf8')) as
    { definitions: ServerDefinitions } | { diagnostics: Diagnostic[] } | { event: string; detail: string };
  if ('definitions' in said) return said.definitions;
  if ('diagnostics' in said) throw new Failure(said.diagnostics.map(reworded));
  return fail('internal', said.detail, 'Please report this.');
}

/** That nothing answers there is most often an address to listen on, or a port. */
function reworded(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code !== 'server_exited') return diagnostic;
  return {
    ...diagnostic,
    detail: `Nothing answered at the port of its \`transport\`: ${diagnostic.detail}`,
    fix: 'Check `transport.http` against what the server says below; it has to listen on 0.0.0.0, not on one address.',
  };
}
