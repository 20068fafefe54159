/**
 * Meets a server over HTTP, whatever version it speaks: modern first, then streamable HTTP with a session, then the
 * HTTP+SSE of 2024-11-05 (MCP 2026-07-28, Streamable HTTP, Backward Compatibility). The lock's probe has to find out;
 * the proxy knows from the lock what it found, and begins there.
 */
import { Failure } from '../diagnostics/failure.js';
import { handshake, type HandshakeOptions } from '../mcp/handshake.js';
import { MODERN_VERSION } from '../mcp/versions.js';
import type { Era, Wire } from '../mcp/wire.js';
import type { ServerDefinitions } from '../model/definitions.js';
import { mirroredParameters } from './mirror.js';
import { SseWire } from './sse-wire.js';
import { StreamableWire } from './streamable.js';
import { Target, type TargetOptions } from './target.js';
import { channelOver, type WireChannel } from './wire-channel.js';

export interface MeetOptions extends Omit<HandshakeOptions, 'era'> {
  /** What it spoke when it was locked; null: not known. */
  version: string | null;
  /** Raised: the meeting is off. */
  signal: AbortSignal;
}

export interface Met {
  wire: Wire;
  /** The wire's listener until another takes its place. */
  channel: WireChannel;
  shown: ServerDefinitions;
  /** Tools that it offers in a way that no client may show, and why. */
  unfit: { tool: string; why: string }[];
}

type Way = 'modern' | 'session' | 'sse';

/** @throws Failure what the handshake throws, `server_exited` where it cannot be reached, `remote_refused`. */
export async function meetHttp(target: TargetOptions, options: MeetOptions): Promise<Met> {
  let first: unknown = null;
  for (const way of waysFor(options.version)) {
    const outcome = await attempt(way, target, options);
    if ('met' in outcome) return outcome.met;
    if (outcome.again) {
      const second = await attempt(way, target, options);
      if ('met' in second) return second.met;
    }
    // What the likeliest way failed with says more than what the last did.
    first ??= outcome.failure;
    if (outcome.final || options.signal.aborted) throw outcome.failure;
  }
  throw first;
}

function waysFor(version: string | null): Way[] {
  if (version === null) return ['modern', 'session', 'sse'];
  if (version === MODERN_VERSION) return ['modern', 'session'];
  // What was agreed on does not tell the transport: HTTP+SSE goes on being served, with later versions too.
  return ['session', 'sse', 'modern'];
}

async function attempt(
  way: Way,
  target: TargetOptions,
  options: MeetOptions,
): Promise<
  { met: Met } | { failure: unknown; final: boolean; /** It named our version as one of its own. */ again: boolean }
> {
  const era: Era = way === 'modern' ? 'modern' : 'legacy';
  const to = new Target(target);
  const wire = way === 'sse' ? new SseWire(to) : new StreamableWire(to, era);
  const channel = channelOver(wire);
  const stop = (): void => wire.close();
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    const shown = await handshake(channel, { ...options, era });
    if (wire.broken) throw wire.broken;
    return { met: { wire, channel, ...(era === 'modern' ? fitTools(shown) : { shown, unfit: [] }) } };
  } catch (cause) {
    const failure = channel.broken ?? cause;
    const final = !mayBeAnother(channel, failure);
    const again = channel.supported?.includes(MODERN_VERSION) === true && way === 'modern';
    wire.close();
    return { failure, final, again };
  } finally {
    options.signal.removeEventListener('abort', stop);
  }
}

/**
 * A status or an answer that says no may come from a server of another version. One that cannot be reached, or that
 * says nothing at all, will not be reached in another way.
 */
function mayBeAnother({ loss }: WireChannel, failure: unknown): boolean {
  if (loss !== null)
    return loss.status !== null && loss.status >= 400 && loss.status < 500 && ![401, 403, 429].includes(loss.status);
  return failure instanceof Failure && failure.diagnostics[0]?.code === 'server_refused';
}

/** MCP 2026-07-28, Streamable HTTP, Schema Extension: such a tool is left out, and the others are not. */
function fitTools(shown: ServerDefinitions): Pick<Met, 'shown' | 'unfit'> {
  const unfit: Met['unfit'] = [];
  const tools = shown.tools.filter((tool) => {
    const mirrored = mirroredParameters(tool);
    if (typeof mirrored === 'string') unfit.push({ tool: tool.name, why: mirrored });
    return typeof mirrored !== 'string';
  });
  return { shown: { ...shown, tools }, unfit };
}
