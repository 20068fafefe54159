/**
 * Opens one run of a server by the transport that its generation has, and gets to know it: over the bridge's stdio, over
 * HTTP to a container that the bridge keeps running, or over HTTP to somebody else's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../diagnostics/failure.js';
import { handshake, type HandshakeOptions } from '../../mcp/handshake.js';
import { serverExited } from '../../mcp/refusals.js';
import { MODERN_VERSION } from '../../mcp/versions.js';
import type { Wire } from '../../mcp/wire.js';
import type { ServerDefinitions } from '../../model/definitions.js';
import { engineName } from '../../model/labels.js';
import type { PolicyGeneration } from '../../policy/artifact.js';
import { meetHttp } from '../../wire/meet-http.js';
import { mirroredParameters, type Mirrored } from '../../wire/mirror.js';
import { remoteTarget } from '../../wire/remote-target.js';
import type { TargetOptions } from '../../wire/target.js';
import { channelOver, type WireChannel } from '../../wire/wire-channel.js';
import { openBridge, type BridgeWire } from './bridge-wire.js';

export interface Opening {
  project: string;
  server: string;
  generation: number;
  instance: string | null;
  locked: PolicyGeneration;
  /** What the server spoke when it was locked. */
  version: string;
  bridgeSocket: string;
  greeting: HandshakeOptions;
  signal: AbortSignal;
  /** What keeps an HTTP server's container running, from one session with it to the next. */
  kept: Kept;
  /** The proxy is no container, so that names on the servers' networks mean nothing to it. */
  outside: boolean;
}

export class Kept {
  #wire: BridgeWire | null = null;

  async open(make: () => Promise<BridgeWire>): Promise<BridgeWire> {
    if (this.#wire) return this.#wire;
    const wire = await make();
    // Its stdout is nobody's business: MCP goes over HTTP.
    const nobody = (): void => undefined;
    wire.listen({ message: nobody, lost: nobody, missed: nobody, retired: nobody, closed: nobody });
    wire.onEnd(() => (this.#wire = null));
    return (this.#wire = wire);
  }

  close(): void {
    this.#wire?.close();
  }
}

export interface Opened {
  wire: Wire;
  channel: WireChannel;
  shown: ServerDefinitions;
  /** Tools that it offers in a way that no client may show, and why. */
  unfit: { tool: string; why: string }[];
  mirrored: ReadonlyMap<string, readonly Mirrored[]>;
}

/** A container runs before its server listens: it is tried again for so long. */
const LISTENS_MS = 30_000;
const TRY_AGAIN_MS = 100;
const NONE: ReadonlyMap<string, readonly Mirrored[]> = new Map();

/** @throws Failure what opening, meeting and the handshake throw; no wire is left open then. */
export async function openServer(opening: Opening): Promise<Opened> {
  const { transport } = opening.locked;
  switch (transport.type) {
    case 'stdio':
      return overStdio(opening);
    case 'remote':
      return overHttp(opening, remoteTarget(transport));
    case 'http':
      return overContainer(opening, transport.port, transport.path);
  }
}

async function overStdio(opening: Opening): Promise<Opened> {
  const wire = await bridge(opening);
  const channel = channelOver(wire);
  try {
    const shown = await handshake(channel, { ...opening.greeting, era: wire.era });
    return { wire, channel, shown, unfit: [], mirrored: NONE };
  } catch (cause) {
    wire.close();
    throw wire.broken ?? cause;
  }
}

async function overContainer(opening: Opening, port: number, path: string): Promise<Opened> {
  const { kept, signal } = opening;
  const keeper = await kept.open(() => bridge(opening));
  const url = `http://${hostOf(opening, keeper)}:${port}${path}`;
  const until = performance.now() + LISTENS_MS;
  const ended = new AbortController();
  keeper.onEnd(() => ended.abort());
  const meeting = { ...opening, signal: AbortSignal.any([signal, ended.signal]) };
  for (;;) {
    try {
      const opened = await overHttp(meeting, { url, reach: 'internal' });
      keeper.onEnd(() => opened.wire.close());
      return opened;
    } catch (cause) {
      if (!keeper.living && !signal.aborted) throw serverExited('Its container ended before it could be reached.');
      const again = notYet(cause) && performance.now() < until && !signal.aborted && keeper.living;
      if (!again) {
        // A container whose server is not to be reached is started anew.
        if (notYet(cause)) kept.close();
        throw cause;
      }
      await sleep(TRY_AGAIN_MS);
    }
  }
}

function hostOf({ project, server, generation, instance, outside }: Opening, { address }: BridgeWire): string {
  if (outside) {
    if (address === null) throw serverExited('Its container has no address on its network.');
    return address.includes(':') ? `[${address}]` : address;
  }
  return instance === null
    ? engineName.server(project, server, generation)
    : engineName.instance(project, server, generation, instance);
}

function notYet(cause: unknown): boolean {
  return cause instanceof Failure && cause.diagnostics[0]?.code === 'server_exited';
}

async function overHttp(opening: Opening, target: TargetOptions): Promise<Opened> {
  const { greeting, version, signal } = opening;
  const met = await meetHttp(target, { ...greeting, version, signal });
  const mirrored = new Map<string, readonly Mirrored[]>();
  for (const tool of met.wire.era === 'modern' ? met.shown.tools : []) {
    const found = mirroredParameters(tool);
    if (typeof found !== 'string' && found.length > 0) mirrored.set(tool.name, found);
  }
  return { ...met, mirrored };
}

function bridge({ bridgeSocket, server, generation, instance, version, signal }: Opening): Promise<BridgeWire> {
  const era = version === MODERN_VERSION ? 'modern' : 'legacy';
  return openBridge({ socketPath: bridgeSocket, server, generation, instance, era, signal });
}
