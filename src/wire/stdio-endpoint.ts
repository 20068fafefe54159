/**
 * stdio on one side, an endpoint on the other: for clients that only start commands. Each line is one POST, each message
 * that comes back is one line; nothing is decided here. What the transport needs is added: the version, the session,
 * the mirror headers, the stream of what belongs to no call.
 */
import { Agent, fetch } from 'undici';
import type { Response } from 'undici';
import { lineSplitter, MAX_LINE_BYTES } from '../mcp/lines.js';
import { sseSplitter } from '../mcp/sse.js';
import { isObject, type Definition, type Json, type JsonObject } from '../model/definitions.js';
import { Away, provedConnector } from './proved-connection.js';
import { headerValue, mirroredParameters, mirrorHeaders, type Mirrored } from './mirror.js';

export interface StdioEndpoint {
  url: string;
  token: string;
  /** One message, without a line end. */
  write: (line: string) => void;
  /** What went wrong, in words, for people. */
  complain: (text: string) => void;
}

/** Messages of the client under way at once. */
const MOST = 256;
const RETRY_MS = 1_000;
/** How long an endpoint that was there may be away, as while its proxy is replaced; and one that has never answered. */
const AWAY_MS = 30_000;
const NEVER_MS = 3_000;
const AWAY_PAUSE_MS = 50;
/** What the endpoint asks of its client, and that it takes back, as the proxy writes them. */
const ASKED = /^\{"jsonrpc":"2\.0","id":("[^"]*"),"method":/;
const TAKEN_BACK = /^\{"jsonrpc":"2\.0","method":"notifications\/cancelled","params":\{"requestId":("[^"]*")/;
const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

/** Until its input ends. */
export async function connectStdio(input: AsyncIterable<Buffer>, endpoint: StdioEndpoint): Promise<void> {
  const bridge = new Bridge(endpoint);
  const lines: Buffer[] = [];
  const broken = new AbortController();
  const splitter = lineSplitter(
    (line) => lines.push(line),
    () => broken.abort(),
  );
  for await (const chunk of input) {
    splitter.push(chunk);
    for (const line of lines.splice(0)) await bridge.take(line);
    if (broken.signal.aborted) break;
  }
  if (broken.signal.aborted) endpoint.complain(`A message of more than ${MAX_LINE_BYTES} bytes came on stdin.`);
  await bridge.end();
}

class Bridge {
  #session: string | null = null;
  /** Agreed with initialize; null: not yet, or a client that says it each time. */
  #version: string | null = null;
  /** What began the session, to begin it again where it is forgotten. */
  #greeting: string | null = null;
  #listening: AbortController | null = null;
  #everAnswered = false;
  readonly #connections = new Agent({ connect: provedConnector(), headersTimeout: 0, bodyTimeout: 0 });
  readonly #running = new Map<string, AbortController>();
  readonly #pending = new Set<Promise<void>>();
  readonly #mirrored = new Map<string, readonly Mirrored[]>();
  /** The JSON text of the ids of what the client was asked and has not answered. */
  readonly #asked = new Set<string>();
  #ended = false;

  constructor(private readonly endpoint: StdioEndpoint) {}

  /** In order, but for their answers: a client may have many calls under way. */
  async take(line: Buffer): Promise<void> {
    const message = parsed(line);
    if (!message) return this.endpoint.complain('A line on stdin is no JSON-RPC message.');
    const { method, id } = message;
    if (method === undefined) this.#asked.delete(JSON.stringify(id ?? null));
    if (method === 'notifications/cancelled' && this.#version === null) return this.#abandon(message);
    while (this.#pending.size >= MOST) await Promise.race(this.#pending);
    const done = this.#exchange(line.toString('utf8'), message).catch((cause: unknown) => this.#failed(id, cause));
    const tracked = done.finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
    // What follows speaks the version and the session that this one agrees on.
    if (method === 'initialize' || (id === undefined && typeof method === 'string')) await tracked;
    if (method === 'notifications/initialized') void this.#listen();
  }

  /** What is under way is answered first; whoever closed stdin answers nothing any more, and no call waits for that. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const asked of this.#asked) this.#decline(asked);
    await Promise.allSettled(this.#pending);
    this.#listening?.abort();
    const dispatcher = this.#connections;
    if (this.#session !== null) {
      const { url } = this.endpoint;
      await fetch(url, { method: 'DELETE', headers: this.#headers(), dispatcher }).catch(() => undefined);
    }
    await dispatcher.destroy();
  }

  /** A modern client that calls off what it asked over stdio: over HTTP the end of the stream says so. */
  #abandon({ params }: JsonObject): void {
    const id = isObject(params) ? params['requestId'] : undefined;
    if (id !== undefined) this.#running.get(JSON.stringify(id))?.abort();
  }

  async #exchange(text: string, message: JsonObject): Promise<void> {
    const { id, method } = message;
    const key = JSON.stringify(id ?? null);
    const aborting = new AbortController();
    if (id !== undefined && typeof method === 'string') this.#running.set(key, aborting);
    try {
      let response = await this.#post(text, message, aborting.signal);
      if (response.status === 404 && this.#greeting !== null && this.#session !== null && method !== 'initialize') {
        // Forgotten there, so certainly not acted on.
        await response.arrayBuffer();
        await this.#greetAgain();
        response = await this.#post(text, message, aborting.signal);
      }
      if (method === 'initialize') this.#greeting = text;
      await this.#hear(response, message);
    } catch (cause) {
      if (!aborting.signal.aborted) throw cause;
    } finally {
      if (this.#running.get(key) === aborting) this.#running.delete(key);
    }
  }

  /** Sent again for as long as it was certainly not acted on: nothing listens, or what does is about to stop. */
  async #post(text: string, message: JsonObject, signal: AbortSignal): Promise<Response> {
    const headers = { ...this.#headers(), ...this.#mirror(message), 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: text, signal, redirect: 'error' } as const;
    const until = performance.now() + (this.#everAnswered ? AWAY_MS : NEVER_MS);
    for (;;) {
      const mayWait = performance.now() < until;
      const response = await fetch(this.endpoint.url, { ...request, dispatcher: this.#connections }).catch(
        (cause: unknown) => {
          if (mayWait && !signal.aborted && isUnsent(cause, message)) return null;
          throw cause;
        },
      );
      if (response && !(mayWait && response.status === 503 && response.headers.has('retry-after'))) {
        this.#everAnswered = true;
        return response;
      }
      await response?.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, AWAY_PAUSE_MS));
    }
  }

  #headers(): Record<string, string> {
    return {
      authorization: `Bearer ${this.endpoint.token}`,
      accept: 'application/json, text/event-stream',
      ...(this.#session !== null && { 'mcp-session-id': this.#session }),
      ...(this.#version !== null && { 'mcp-protocol-version': this.#version }),
    };
  }

  /** Of a message that says its version itself (MCP 2026-07-28, Request Metadata). */
  #mirror({ method, params }: JsonObject): Record<string, string> {
    const meta = isObject(params) ? params['_meta'] : undefined;
    const version = isObject(meta) ? meta[VERSION_KEY] : undefined;
    if (typeof version !== 'string' || typeof method !== 'string' || !isObject(params)) return {};
    const name = Object.hasOwn(NAMED, method) ? params[NAMED[method] ?? ''] : undefined;
    const args = params['arguments'];
    const mirrored = method === 'tools/call' && typeof name === 'string' ? this.#mirrored.get(name) : undefined;
    return {
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': headerValue(name) }),
      ...(mirrored && mirrorHeaders(mirrored, isObject(args) ? args : {})),
    };
  }

  async #hear(response: Response, message: JsonObject): Promise<void> {
    const { id, method } = message;
    if (method === 'initialize') this.#session = response.headers.get('mcp-session-id');
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/event-stream')) return this.#hearEvents(response, message);
    const body = await response.text();
    if (body !== '' && parsed(Buffer.from(body)) !== null && id !== undefined) return this.#say(body, method, id);
    if (isRequest(message))
      return this.#failed(id, new Error(`${this.endpoint.url} answered with HTTP ${response.status}`));
    if (!response.ok) this.endpoint.complain(`${this.endpoint.url} answered with HTTP ${response.status}.`);
  }

  /** A stream may end before the answer, with its session for one: whoever waits for that is told so. */
  async #hearEvents(response: Response, message: JsonObject): Promise<void> {
    const awaited = isRequest(message) ? JSON.stringify(message['id']) : null;
    let answered = awaited === null;
    await this.#events(response, (line) => {
      answered ||= isAnswer(line, awaited);
      this.#say(line, message['method']);
    });
    if (!answered) this.#failed(message['id'], new Error(`${this.endpoint.url} ended the answer before it was one`));
  }

  /** @param id of the request, for an answer that could not read it. */
  #say(text: string, method: Json | undefined, id?: Json): void {
    const line = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, ' ') : text;
    if (method === 'initialize' || method === 'tools/list') this.#learn(line, method);
    this.#remember(line);
    const refused = id !== undefined && line.startsWith('{"jsonrpc":"2.0","id":null,"error"');
    this.endpoint.write(refused ? line.replace('"id":null', `"id":${JSON.stringify(id)}`) : line);
  }

  #remember(line: string): void {
    const asked = ASKED.exec(line)?.[1];
    if (asked !== undefined && this.#ended) this.#decline(asked);
    else if (asked !== undefined) this.#asked.add(asked);
    const over = TAKEN_BACK.exec(line)?.[1];
    if (over !== undefined) this.#asked.delete(over);
  }

  #decline(asked: string): void {
    this.#asked.delete(asked);
    const text = `{"jsonrpc":"2.0","id":${asked},"error":{"code":-32603,"message":"The client has gone"}}`;
    this.#exchange(text, {}).catch(() => undefined); // the call that it belongs to says what is wrong
  }

  #learn(line: string, method: string): void {
    const result = parsed(Buffer.from(line))?.['result'];
    if (!isObject(result)) return;
    const { protocolVersion, tools } = result;
    if (method === 'initialize' && typeof protocolVersion === 'string') this.#version = protocolVersion;
    if (method !== 'tools/list' || !Array.isArray(tools)) return;
    for (const tool of tools) {
      if (!isObject(tool) || typeof tool['name'] !== 'string') continue;
      const found = mirroredParameters(tool as Definition);
      if (typeof found !== 'string' && found.length > 0) this.#mirrored.set(tool['name'], found);
    }
  }

  async #events(response: Response, say: (line: string) => void, named?: (id: string) => void): Promise<void> {
    const splitter = sseSplitter(
      {
        event: ({ data }) => {
          if (data.length > 0) say(data.toString('utf8'));
        },
        tooLong: () => this.endpoint.complain(`A message of more than ${MAX_LINE_BYTES} bytes came back.`),
        ...(named && { id: named }),
      },
      MAX_LINE_BYTES,
    );
    for await (const chunk of response.body ?? []) splitter.push(Buffer.from(chunk as Uint8Array));
  }

  /** What belongs to no call; taken up again where it broke, until there is no such stream or session any more. */
  async #listen(): Promise<void> {
    this.#listening?.abort();
    const listening = (this.#listening = new AbortController());
    const heard: { last: string | null } = { last: null };
    while (!listening.signal.aborted) {
      try {
        const headers = {
          ...this.#headers(),
          accept: 'text/event-stream',
          ...(heard.last !== null && { 'last-event-id': heard.last }),
        };
        const response = await fetch(this.endpoint.url, {
          headers,
          signal: listening.signal,
          redirect: 'error',
          dispatcher: this.#connections,
        });
        if (!response.ok) return await response.body?.cancel();
        await this.#events(
          response,
          (line) => this.#say(line, undefined),
          (id) => (heard.last = id),
        );
      } catch {
        // broken; tried again below, unless it was ended here
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }

  async #greetAgain(): Promise<void> {
    this.#session = null;
    const text = this.#greeting ?? '';
    const version = this.#version;
    this.#version = null;
    const response = await this.#post(text, parsed(Buffer.from(text)) ?? {}, new AbortController().signal);
    await response.arrayBuffer();
    this.#session = response.headers.get('mcp-session-id');
    this.#version = version;
    const initialized = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    await (await this.#post(initialized, {}, new AbortController().signal)).arrayBuffer();
    void this.#listen();
  }

  #failed(id: Json | undefined, cause: unknown): void {
    const words = cause instanceof Error ? `${cause.message}${causeOf(cause)}` : String(cause);
    this.endpoint.complain(words);
    if (id === undefined || id === null) return;
    this.endpoint.write(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32603, message: `toolcrib: ${words}` } }));
  }
}

/** Or sent, and as good sent twice: only a call does something. */
function isUnsent(thrown: unknown, { method }: JsonObject): boolean {
  const { cause } = thrown as { cause?: { code?: unknown } };
  if (cause instanceof Away) return true;
  const cut = cause?.code === 'UND_ERR_SOCKET' || cause?.code === 'ECONNRESET';
  return cut && typeof method === 'string' && method !== 'tools/call';
}

function isRequest({ id, method }: JsonObject): boolean {
  return id !== undefined && typeof method === 'string';
}

/** @param id JSON text. */
function isAnswer(line: string, id: string | null): boolean {
  const message = parsed(Buffer.from(line));
  return message !== null && message['method'] === undefined && JSON.stringify(message['id']) === id;
}

function causeOf({ cause }: Error): string {
  return cause instanceof Error ? `: ${cause.message}` : '';
}

function parsed(line: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
