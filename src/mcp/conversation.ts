/**
 * Requests and answers over a channel, one at a time, within deadlines. What the server asks is declined here: nothing
 * was offered to it.
 */
import type { Failure } from '../diagnostics/failure.js';
import { isObject, type JsonObject } from '../model/definitions.js';
import type { Channel } from './channel.js';
import { ErrorCode } from './messages.js';
import type { Timers } from './timers.js';
import { badOutput, serverExited, serverRefused, serverTimeout } from './refusals.js';
import { quote, unfit } from './values.js';

export interface Deadlines {
  /** Milliseconds until `initialize` is answered, and from then until all lists are. */
  initializeMs: number;
  listMs: number;
  timers: Timers;
}

/** Questions of the server that are answered; each costs memory while it reads nothing. */
const MAX_ASKED = 1_000;
/** Values in one message: built, each costs many times its bytes. */
const MAX_VALUES = 250_000;

interface Waiting {
  id: number;
  method: string;
  missing: 'is-empty' | 'is-refused';
  resolve(result: JsonObject): void;
  reject(failure: Failure): void;
}

export class Conversation {
  private waiting: Waiting | null = null;
  private nextId = 1;
  private asked = 0;
  private over: Failure | null = null;
  private cancelDeadline: () => void = () => undefined;

  constructor(
    private readonly channel: Channel,
    private readonly timers: Timers,
    /** `_meta` of every request: a modern server's envelope. */
    private readonly meta: JsonObject | null = null,
  ) {
    channel.onLine((line) => this.receive(line));
    channel.onClose((reason) => this.fail(serverExited(reason)));
  }

  /** From now, everything asked must be answered within `milliseconds`: a slow drip is no way round. */
  within(milliseconds: number): void {
    this.cancelDeadline();
    const late = (): void => this.fail(serverTimeout(this.waiting?.method ?? 'anything', milliseconds / 1000));
    this.cancelDeadline = this.timers.after(milliseconds, late);
  }

  /** @param missing what an answer of «method not found» means. */
  request(method: string, params: JsonObject, missing: Waiting['missing'] = 'is-refused'): Promise<JsonObject> {
    const id = this.nextId++;
    return new Promise<JsonObject>((resolve, reject) => {
      if (this.over) return reject(this.over);
      this.waiting = { id, method, missing, resolve, reject };
      this.send({ jsonrpc: '2.0', id, method, params: this.meta ? { ...params, _meta: this.meta } : params });
    });
  }

  notify(method: string): void {
    this.send({ jsonrpc: '2.0', method });
  }

  /** Nothing is awaited any more; what still comes is somebody else's to hear. */
  end(): void {
    this.fail(serverExited('The conversation is over.'));
  }

  private send(message: JsonObject): void {
    this.channel.send(JSON.stringify(message));
  }

  private fail(failure: Failure): void {
    this.cancelDeadline();
    this.over ??= failure;
    const { waiting } = this;
    this.waiting = null;
    waiting?.reject(this.over);
  }

  private receive(line: Buffer): void {
    if (isCrowded(line)) return this.fail(badOutput(`It wrote a message of more than ${MAX_VALUES} values.`));
    const message = parse(line);
    if (!message) return this.fail(badOutput(`It wrote something else than JSON-RPC to stdout: ${quote(line)}`));
    if (typeof message.method === 'string') return this.decline(message);
    const { waiting } = this;
    const { id, error, result } = message;
    // Without an id it can only be about what was asked last (JSON-RPC 2.0, section 5).
    const isAnswer = waiting !== null && (id === waiting.id || (id === null && isObject(error)));
    if (!isAnswer) return; // an answer to a question nobody asked
    this.waiting = null;
    const flaw = unfit(isObject(error) ? error : isObject(result) ? result : {});
    if (flaw !== null) return waiting.reject(badOutput(`Its answer to ${waiting.method} ${flaw}.`));
    if (isObject(error)) {
      if (waiting.missing === 'is-empty' && error.code === ErrorCode.methodNotFound) return waiting.resolve({});
      return waiting.reject(
        serverRefused(`It answered ${waiting.method} with an error: ${quote(JSON.stringify(error))}`),
      );
    }
    if (!isObject(result)) return waiting.reject(badOutput(`Its answer to ${waiting.method} has no result object.`));
    waiting.resolve(result);
  }

  private decline(message: JsonObject): void {
    const { id, method } = message;
    if (typeof id !== 'string' && typeof id !== 'number') return; // a notification
    this.asked += 1;
    if (this.asked > MAX_ASKED) return this.fail(badOutput(`It asked more than ${MAX_ASKED} questions of its own.`));
    if (method === 'ping') return this.send({ jsonrpc: '2.0', id, result: {} });
    this.send({ jsonrpc: '2.0', id, error: { code: ErrorCode.methodNotFound, message: 'Method not found' } });
  }
}

/** Counts what may begin a value, in texts as well. */
function isCrowded(line: Buffer): boolean {
  if (line.length <= MAX_VALUES) return false;
  let values = 0;
  for (const byte of line) if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) values++;
  return values > MAX_VALUES;
}

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

function parse(line: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isObject(value) && value.jsonrpc === '2.0' ? value : null;
  } catch {
    return null; // said by the caller, with the line
  }
}
