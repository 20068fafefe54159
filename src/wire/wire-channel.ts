/** A wire as the channel that the handshake speaks over: one conversation, whose every message is read here. */
import type { Failure } from '../diagnostics/failure.js';
import type { Channel } from '../mcp/channel.js';
import { ErrorCode } from '../mcp/messages.js';
import type { Loss, Wire } from '../mcp/wire.js';

export interface WireChannel extends Channel {
  /** What one of its requests was lost to; that ends the conversation. */
  readonly loss: Loss | null;
  readonly broken: Failure | null;
  /** Whether lists were announced as changed meanwhile. */
  readonly changed: boolean;
  /** Versions that it named when it refused one (MCP 2026-07-28, UnsupportedProtocolVersionError). */
  readonly supported: readonly unknown[] | null;
}

/** The wire's listener until another one takes its place. */
export function channelOver(wire: Wire): WireChannel {
  return new Over(wire);
}

class Over implements WireChannel {
  loss: Loss | null = null;
  changed = false;
  supported: readonly unknown[] | null = null;
  #line: (line: Buffer) => void = () => undefined;
  #close: ((reason: string) => void)[] = [];
  #ended: string | null = null;

  constructor(private readonly wire: Wire) {
    wire.listen({
      message: (bytes, about) => {
        if (bytes.includes('/list_changed"')) this.changed = true;
        this.#looked(bytes, about);
        this.#line(bytes);
      },
      lost: (_id, loss) => {
        this.loss = loss;
        this.#end(loss.detail);
      },
      missed: () => (this.changed = true),
      retired: (reason) => this.#end(reason),
      closed: (reason) => this.#end(reason),
    });
  }

  get broken(): Failure | null {
    return this.wire.broken;
  }

  send(line: Buffer | string): void {
    const message = JSON.parse(line.toString()) as { id?: unknown; method?: unknown };
    const body = Buffer.from(line);
    const method = typeof message.method === 'string' ? message.method : null;
    if (method !== null && typeof message.id === 'number') {
      this.wire.request({ id: message.id, method, name: null, body, headers: null });
    } else this.wire.say(body, method);
  }

  onLine(listener: (line: Buffer) => void): void {
    this.#line = listener;
  }

  onClose(listener: (reason: string) => void): void {
    if (this.#ended !== null) listener(this.#ended);
    else this.#close.push(listener);
  }

  close(): void {
    this.wire.close();
  }

  /** The handshake reads it in full; here it matters whether its stream may end, and which versions it refused. */
  #looked(bytes: Buffer, about: number | null): void {
    let message: {
      id?: unknown;
      result?: unknown;
      error?: { code?: unknown; data?: { supported?: unknown } | null } | null;
    } | null;
    try {
      message = JSON.parse(bytes.toString('utf8')) as typeof message;
    } catch {
      return;
    }
    if (typeof message !== 'object' || message === null || !('result' in message || 'error' in message)) return;
    // One under another id (the Python SDK refuses under `server-error`) is none: its status is what is told then.
    if (about !== null && message.id === about) this.wire.done(about);
    const supported = message.error?.data?.supported;
    if (message.error?.code === ErrorCode.unsupportedVersion && Array.isArray(supported)) this.supported = supported;
  }

  #end(reason: string): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    for (const listener of this.#close.splice(0)) listener(reason);
  }
}
