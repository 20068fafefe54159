/** Requests and answers over a channel, one at a time, with deadlines. Asks of the server are declined here: nothing was offered to it. */
import type { Failure } from '../diagnostics/failure.js';
import type { JsonObject } from '../model/definitions.js';
import type { Channel } from './channel.js';
import { ErrorCode } from './messages.js';
import { badOutput, serverExited, serverRefused, serverTimeout } from './refusals.js';

export interface Deadlines {
  /** Milliseconds for `initialize`, and for each page of a list. */
  initializeMs: number;
  listMs: number;
}

const SHOWN = 200;
const MAX_DEPTH = 64;

interface Waiting {
  id: number;
  method: string;
  emptyIfMissing: boolean;
  resolve(result: JsonObject): void;
  reject(failure: Failure): void;
}

export class Conversation {
  private waiting: Waiting | null = null;
  private nextId = 1;
  private closed: Failure | null = null;

  constructor(
    private readonly channel: Channel,
    private readonly deadlines: Deadlines,
  ) {
    channel.onLine((line) => this.receive(line));
    channel.onClose((reason) => this.fail(serverExited(reason)));
  }

  request(method: string, params: JsonObject, emptyIfMissing = false): Promise<JsonObject> {
    const id = this.nextId++;
    const milliseconds = method === 'initialize' ? this.deadlines.initializeMs : this.deadlines.listMs;
    return new Promise<JsonObject>((resolve, reject) => {
      if (this.closed) return reject(this.closed);
      const timer = setTimeout(() => this.fail(serverTimeout(method, milliseconds / 1000)), milliseconds);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          this.waiting = null;
          then(value);
        };
      this.waiting = { id, method, emptyIfMissing, resolve: settle(resolve), reject: settle(reject) };
      this.send({ jsonrpc: '2.0', id, method, params });
    });
  }

  notify(method: string): void {
    this.send({ jsonrpc: '2.0', method });
  }

  /** Nothing is awaited any more; what still comes is somebody else's to hear. */
  end(): void {
    this.closed ??= serverExited('The conversation is over.');
  }

  private send(message: JsonObject): void {
    this.channel.send(JSON.stringify(message));
  }

  private fail(failure: Failure): void {
    this.closed ??= failure;
    this.waiting?.reject(failure);
  }

  private receive(line: Buffer): void {
    const message = parse(line);
    if (!message) return this.fail(badOutput(`It wrote something else than JSON-RPC to stdout: ${quote(line)}`));
    if (typeof message.method === 'string') return this.answer(message);
    const waiting = this.waiting;
    if (!waiting || message.id !== waiting.id) return; // an answer to a question nobody asked
    const { error, result } = message;
    if (isObject(error)) {
      if (waiting.emptyIfMissing && error.code === ErrorCode.methodNotFound) return waiting.resolve({});
      return waiting.reject(serverRefused(`It answered ${waiting.method} with an error: ${quote(JSON.stringify(error))}`));
    }
    if (!isObject(result)) return waiting.reject(badOutput(`Its answer to ${waiting.method} has no result object.`));
    if (isTooDeep(result)) return waiting.reject(badOutput(`Its answer to ${waiting.method} is nested deeper than ${MAX_DEPTH} levels.`));
    waiting.resolve(result);
  }

  private answer(message: JsonObject): void {
    const { id, method } = message;
    if (typeof id !== 'string' && typeof id !== 'number') return; // a notification
    if (method === 'ping') return this.send({ jsonrpc: '2.0', id, result: {} });
    this.send({ jsonrpc: '2.0', id, error: { code: ErrorCode.methodNotFound, message: 'Method not found' } });
  }
}

function parse(line: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isObject(value) && value.jsonrpc === '2.0' ? value : null;
  } catch {
    return null; // said by the caller, with the line
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without recursion: the depth is the server's to choose. */
function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return false;
}

/** The beginning of what a server said, harmless to a terminal. */
export function quote(text: Buffer | string): string {
  const beginning = text.toString('utf8').slice(0, SHOWN);
  const rest = text.length > SHOWN ? '…' : '';
  return `${JSON.stringify(beginning).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, escaped)}${rest}`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
