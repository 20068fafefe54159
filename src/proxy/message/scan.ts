/**
 * One pass over the bytes of a JSON-RPC message that finds where its parts stand, so that what is decided on and
 * what is forwarded are the same bytes. Refuses whatever two readers could understand differently: duplicate keys,
 * protocol keys in another case, lone surrogates, invalid UTF-8, anything after the value.
 */
import { isUtf8 } from 'node:buffer';
import { fold } from '../../policy/fold.js';
import { JsonScanner, ScanProblem } from './json-scanner.js';

export interface Span {
  start: number;
  end: number;
}

/** A member: its key, decoded, and its value. */
export interface NamedSpan extends Span {
  key: string;
}

export interface Message {
  /** The message itself. */
  whole: Span;
  jsonrpc: string | null;
  id: Span | null;
  method: string | null;
  params: Span | null;
  /** `params.name`, decoded. */
  name: string | null;
  /** `params.uri`, decoded. */
  uri: string | null;
  /** `params.requestState`, decoded (MCP 2026-07-28, Multi Round-Trip Requests). */
  requestState: string | null;
  inputResponses: Span | null;
  /** `params.task` (MCP 2025-11-25, Tasks). */
  task: Span | null;
  /** `params.taskId`, decoded. */
  taskId: string | null;
  arguments: Span | null;
  meta: Span | null;
  result: Span | null;
  error: Span | null;
  /** `result.isError` is true. */
  isError: boolean;
  /** `result.resultType`; null: none. */
  resultType: string | null;
  /** Some number inside the arguments is beyond what a double holds exactly. */
  imprecise: boolean;
  /** Members of `params` that are none of the above; null: there are none, or a server says it. */
  others: NamedSpan[] | null;
}

export type Scan =
  | { ok: true; batch: boolean; messages: Message[] }
  /** -32700: not JSON, or ambiguous; -32600: JSON, but no message. */
  | { ok: false; code: -32700 | -32600; problem: string };

export interface ScanOptions {
  /** Servers' answers are only framed: their results may hold what JSON allows. */
  trusting?: boolean;
  /** Messages in a batch. */
  most?: number;
}

const MAX_ID = 256;
const MAX_NAME = 1024;
const TOP = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'];
const MAX_URI = 8 * 1024;
const MAX_TASK_ID = 1024;
const MAX_STATE = 128 * 1024;
const LETTER_N = 0x6e;
const PARAMS = ['name', 'uri', 'arguments', '_meta', 'requestState', 'inputResponses', 'task', 'taskId'];
const RESULT: string[] = [];
/** As a reader that ignores case knows them. */
const FOLDED = new Map<readonly string[], ReadonlySet<string>>(
  [TOP, PARAMS, RESULT].map((known) => [known, new Set(known.map(fold))]),
);
/** Up to here a list is looked through faster than a set is made. */
const FEW = 16;

const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

export function scan(bytes: Buffer, options: ScanOptions = {}): Scan {
  if (!isUtf8(bytes)) return { ok: false, code: -32700, problem: 'not UTF-8' };
  try {
    return new MessageScanner(bytes, options.trusting ?? false, options.most ?? 20).scan();
  } catch (cause) {
    if (cause instanceof ScanProblem) return { ok: false, code: cause.code, problem: cause.message };
    throw cause;
  }
}

class MessageScanner extends JsonScanner {
  constructor(
    bytes: Buffer,
    trusting: boolean,
    readonly most: number,
  ) {
    super(bytes, trusting);
  }

  scan(): Scan {
    this.space();
    const batch = this.bytes[this.at] === OPEN_LIST;
    const messages = batch ? this.#batch() : [this.#message()];
    this.space();
    if (this.at !== this.bytes.length) this.fail('something follows the value');
    return { ok: true, batch, messages };
  }

  #batch(): Message[] {
    const messages: Message[] = [];
    this.enter();
    this.space();
    if (this.bytes[this.at] === CLOSE_LIST) throw new ScanProblem(-32600, 'an empty batch');
    do {
      if (messages.length >= this.most) throw new ScanProblem(-32600, `more than ${this.most} messages in a batch`);
      this.space();
      messages.push(this.#message());
      this.space();
    } while (this.next(COMMA));
    this.expect(CLOSE_LIST);
    this.leave();
    return messages;
  }

  #message(): Message {
    const message: Message = {
      whole: { start: this.at, end: 0 },
      jsonrpc: null,
      id: null,
      method: null,
      params: null,
      name: null,
      uri: null,
      requestState: null,
      inputResponses: null,
      task: null,
      taskId: null,
      arguments: null,
      meta: null,
      result: null,
      error: null,
      isError: false,
      resultType: null,
      imprecise: false,
      others: null,
    };
    if (this.bytes[this.at] !== OPEN_OBJECT) {
      this.value();
      throw new ScanProblem(-32600, 'a message must be an object');
    }
    this.imprecise = false;
    this.#members(TOP, (key) => {
      if (key === 'jsonrpc') message.jsonrpc = this.text(16);
      else if (key === 'id') message.id = this.#id();
      else if (key === 'method') message.method = this.text(MAX_NAME);
      else if (key === 'params') message.params = this.#params(message);
      else if (key === 'result') message.result = this.#result(message);
      else if (key === 'error') message.error = this.#span();
      else this.value();
    });
    if (message.jsonrpc !== '2.0') throw new ScanProblem(-32600, 'jsonrpc must be "2.0"');
    const answers = Number(message.result !== null) + Number(message.error !== null);
    if (answers + Number(message.method !== null) !== 1) throw new ScanProblem(-32600, 'neither a call nor an answer');
    message.imprecise = this.imprecise;
    message.whole.end = this.at;
    return message;
  }

  #params(message: Message): Span {
    const start = this.at;
    if (this.bytes[start] !== OPEN_OBJECT) {
      this.value();
      throw new ScanProblem(-32600, 'params must be an object');
    }
    this.#members(PARAMS, (key) => {
      const value = this.at;
      // Go's clients write null where there are none.
      if (key === 'arguments' && this.bytes[value] !== LETTER_N) {
        this.inArguments = true;
        message.arguments = this.#span();
        this.inArguments = false;
      } else if (key === '_meta') message.meta = this.#span();
      else if (key === 'inputResponses') message.inputResponses = this.#span();
      else if (key === 'task') message.task = this.#span();
      else if (this.bytes[this.at] !== QUOTE) this.value();
      else if (key === 'name') message.name = this.text(MAX_NAME);
      else if (key === 'uri') message.uri = this.text(MAX_URI);
      else if (key === 'taskId') message.taskId = this.text(MAX_TASK_ID);
      else if (key === 'requestState') message.requestState = this.text(MAX_STATE);
      else this.value();
      if (this.trusting || PARAMS.includes(key)) return;
      (message.others ??= []).push({ key, start: value, end: this.at });
    });
    return { start, end: this.at };
  }

  #result(message: Message): Span {
    const start = this.at;
    if (!this.trusting || this.bytes[start] !== OPEN_OBJECT) return this.#span();
    this.#members(RESULT, (key) => {
      if (key === 'isError') message.isError = this.bytes[this.at] === 0x74;
      if (key === 'resultType' && this.bytes[this.at] === QUOTE) message.resultType = this.text(64);
      else this.value();
    });
    return { start, end: this.at };
  }

  /** Members of an object whose keys mean something to the protocol. */
  #members(known: readonly string[], member: (key: string) => void): void {
    const seen: string[] = [];
    let many: Set<string> | null = null;
    this.enter();
    this.space();
    if (this.next(CLOSE_OBJECT)) return this.leave();
    do {
      this.space();
      const key = this.#key(known);
      if (many?.has(key) ?? seen.includes(key)) this.fail('a key stands twice');
      seen.push(key);
      if (seen.length > FEW) many = (many ?? new Set(seen)).add(key);
      if (known.length > 0 && !known.includes(key) && FOLDED.get(known)?.has(fold(key)))
        this.fail('a protocol key in another case');
      this.space();
      this.expect(COLON);
      this.space();
      member(key);
      this.space();
    } while (this.next(COMMA));
    this.expect(CLOSE_OBJECT);
    this.leave();
  }

  /** One that is known, as it is mostly spelled, is not decoded to be recognised. */
  #key(known: readonly string[]): string {
    const { bytes } = this;
    const start = this.at + 1;
    for (const word of known) {
      const end = start + word.length;
      if (bytes[end] !== QUOTE || bytes[this.at] !== QUOTE) continue;
      let same = 0;
      while (same < word.length && bytes[start + same] === word.charCodeAt(same)) same++;
      if (same < word.length) continue;
      this.at = end + 1;
      return word;
    }
    return this.text(MAX_NAME);
  }

  #span(): Span {
    const start = this.at;
    this.value();
    return { start, end: this.at };
  }

  #id(): Span {
    const first = this.bytes[this.at];
    const span = this.#span();
    const number = first === 0x2d || (first !== undefined && first >= 0x30 && first <= 0x39);
    if (first !== QUOTE && !number && !this.trusting) throw new ScanProblem(-32600, 'id must be a string or a number');
    if (span.end - span.start > MAX_ID) throw new ScanProblem(-32600, 'id is too long');
    return span;
  }
}
