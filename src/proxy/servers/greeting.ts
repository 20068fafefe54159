/** What the proxy says of itself to a server, and what it lets the server ask of agents. */
import type { HandshakeOptions } from '../../mcp/handshake.js';
import type { Envelope, JsonObject } from '../../model/definitions.js';
import type { ServerRequest } from '../../policy/artifact.js';

export interface Greeted {
  envelope: Envelope;
  /** Of toolcrib. */
  version: string;
  /** What it may ask agents for, by their grants. */
  asks: readonly ServerRequest[];
  /** Its calls are one session's alone. */
  exclusive: boolean;
  stdio: boolean;
}

const DEADLINES = {
  initializeMs: 30_000,
  listMs: 30_000,
  timers: {
    after(milliseconds: number, work: () => void) {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
  },
};

/** MCP 2025-11-25, Lifecycle, Capability Negotiation. */
const OFFERS: Record<ServerRequest, JsonObject> = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };

export function greeting(greeted: Greeted): HandshakeOptions {
  const { protocolVersion, capabilities } = greeted.envelope;
  return {
    ...DEADLINES,
    envelope: { protocolVersion, capabilities: { ...capabilities, ...offered(greeted) } },
    clientInfo: { name: 'toolcrib', version: greeted.version },
  };
}

/** A server on whose stdio nobody can tell whom it asks is not offered to ask anyone. */
function offered({ asks, exclusive, stdio }: Greeted): JsonObject {
  if (!exclusive && stdio) return {};
  // Whoever has many agents' roots to ask for is told of none's change.
  const offers = exclusive ? { ...OFFERS, roots: { listChanged: true } } : OFFERS;
  return Object.fromEntries(asks.map((what) => [what, offers[what]]));
}
