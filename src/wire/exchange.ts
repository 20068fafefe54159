/**
 * One HTTP request to a server and the JSON-RPC messages of its answer, whether it comes as one JSON body or as a
 * stream of events. Bounded: a message, and all that comes on one stream that is not meant to last.
 */
import type { Dispatcher } from 'undici';
import { MAX_LINE_BYTES } from '../mcp/lines.js';
import { Pieces } from '../mcp/pieces.js';
import { ResponseProblem } from './response-reader.js';
import { sseSplitter, type SseSplitter } from '../mcp/sse.js';

export interface Ask {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
  /** It stays open by its nature. */
  lasting: boolean;
}

export interface Answering {
  head?(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  /** A JSON body, or an event of type `message`. */
  message(bytes: Buffer): void;
  /** An event of another type. */
  event?(type: string, data: Buffer): void;
  id?(id: string): void;
  retry?(milliseconds: number): void;
  /** Once, unless aborted. */
  ended(end: End): void;
}

export interface End {
  /** null: no answer began. */
  status: number | null;
  /** null: it ended as it should. */
  problem: string | null;
  /** The problem is what the server wrote. */
  bad: boolean;
  /** Nothing was sent: no connection could be made. */
  unsent: boolean;
  /** The answer was a stream of events. */
  streamed: boolean;
  /** The beginning of a body that holds no messages. */
  text: string;
}

/** What sends requests: an undici dispatcher, or our own pool for plain HTTP. */
export interface Sender {
  dispatch(
    request: {
      method: Ask['method'];
      path: string;
      headers: Record<string, string>;
      body: Buffer | null;
      idempotent: false;
    },
    handler: Dispatcher.DispatchHandler,
  ): unknown;
}

export interface Exchange {
  abort(): void;
}

/** Bytes on the stream of one request, its answer included. */
const MAX_STREAM_BYTES = 64 * 1024 * 1024;
/** Of all messages of one server that are not whole. */
const MAX_UNFINISHED = 64 * 1024 * 1024;
const MAX_TEXT = 512;
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ADDRESS_REFUSED']);

export function exchange(sender: Sender, ask: Ask, answering: Answering): Exchange {
  let held = unfinished.get(sender);
  if (!held) unfinished.set(sender, (held = new Held()));
  const running = new Running(answering, ask.lasting, held);
  const { method, path, headers, body } = ask;
  sender.dispatch({ method, path, headers, body, idempotent: false }, running);
  return running;
}

/** What all answers of one server hold that it has not ended: it could begin many, and let each wait for its last byte. */
class Held {
  #bytes = 0;

  take(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= MAX_UNFINISHED;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

const unfinished = new WeakMap<Sender, Held>();

class Running implements Exchange, Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | null = null;
  #status: number | null = null;
  #kind: 'json' | 'events' | 'other' = 'other';
  readonly #body = new Pieces();
  #bytes = 0;
  #events: SseSplitter | null = null;
  #over = false;
  readonly #held: Held;
  /** Bytes of the message that is not whole yet. */
  #unfinished = 0;

  constructor(
    private readonly answering: Answering,
    private readonly lasting: boolean,
    held: Held,
  ) {
    this.#held = held;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#held.release(this.#unfinished);
    this.#controller?.abort(new Error('nobody waits for it any more'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('nobody waits for it any more'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#over || status < 200) return;
    this.#status = status;
    const type = headers['content-type'];
    const text = typeof type === 'string' ? type.toLowerCase() : '';
    this.#kind = text.startsWith('application/json')
      ? 'json'
      : text.startsWith('text/event-stream')
        ? 'events'
        : 'other';
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return this.#fail('It compressed its answer unasked.');
    if (this.#kind === 'events') this.#events = this.#splitter();
    this.answering.head?.(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#bytes += chunk.length;
    if (this.#events) {
      if (!this.lasting && this.#bytes > MAX_STREAM_BYTES) {
        return this.#fail(`It wrote more than ${MAX_STREAM_BYTES} bytes in answer to one request.`);
      }
      this.#events.push(chunk);
      return this.#hold(this.#events.held);
    }
    if (this.#kind === 'json') {
      if (this.#bytes > MAX_LINE_BYTES) return this.#fail(`It answered with more than ${MAX_LINE_BYTES} bytes.`);
      this.#body.push(chunk);
      this.#hold(this.#bytes);
    } else if (this.#bytes - chunk.length < MAX_TEXT) this.#body.push(chunk.subarray(0, MAX_TEXT));
    else if (this.#bytes > MAX_LINE_BYTES) this.#fail(`It answered with more than ${MAX_LINE_BYTES} bytes.`);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    const body = this.#body.take();
    if (this.#kind === 'json' && body.length > 0) this.answering.message(body);
    this.#end({ problem: null, text: this.#kind === 'other' ? body.toString('utf8', 0, MAX_TEXT) : '' });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const unsent = UNSENT.has(code) || code === 'UND_ERR_CONNECT_TIMEOUT' || isTls(code);
    if (error instanceof ResponseProblem) return this.#end({ problem: `${error.message}.`, bad: true });
    this.#end({
      problem: unsent ? `It cannot be reached: ${error.message}` : `The connection broke: ${error.message}`,
      unsent,
    });
  }

  #splitter(): SseSplitter {
    const { answering } = this;
    return sseSplitter(
      {
        event: ({ type, data }) => {
          if (this.#over) return;
          if (type === 'message') {
            if (data.length > 0) answering.message(data);
          } else answering.event?.(type, data);
        },
        id: (id) => answering.id?.(id),
        retry: (milliseconds) => answering.retry?.(milliseconds),
        tooLong: () => this.#fail(`It wrote an event of more than ${MAX_LINE_BYTES} bytes.`),
      },
      MAX_LINE_BYTES,
    );
  }

  #hold(bytes: number): void {
    if (this.#over) return;
    const more = bytes - this.#unfinished;
    this.#unfinished = bytes;
    if (!this.#held.take(more))
      this.#fail(`It keeps more than ${MAX_UNFINISHED} bytes of answers waiting for their ends.`);
  }

  /** The server is to blame. */
  #fail(problem: string): void {
    this.#end({ problem, bad: true });
    this.#controller?.abort(new Error(problem));
  }

  #end(end: Partial<End> & Pick<End, 'problem'>): void {
    if (this.#over) return;
    this.#over = true;
    this.#body.clear();
    this.#held.release(this.#unfinished);
    const { problem, bad = false, unsent = false, text = '' } = end;
    this.answering.ended({ status: this.#status, problem, bad, unsent, text, streamed: this.#events !== null });
  }
}

/** The handshake of TLS failed: nothing of the request was sent. */
function isTls(code: string): boolean {
  return code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_') || /CERT|SELF_SIGNED|UNABLE_TO_/.test(code);
}
