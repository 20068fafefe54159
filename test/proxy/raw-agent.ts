/**
 * An agent of either generation, written by hand: it sends what it is told to, answers what it is asked, and writes down
 * all that it hears. No SDK stands between the test and the wire.
 */
import { isObject, type Json, type JsonObject } from '../../src/model/definitions.js';
import type { Era } from '../../src/mcp/wire.js';
import type { World } from './world.js';

const MODERN = '2026-07-28';
const PREFIX = 'io.modelcontextprotocol/';
export const CAPABILITIES: JsonObject = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: { listChanged: true },
  extensions: { [`${PREFIX}tasks`]: {} },
};
/** What it answers, by method. */
export const ANSWERS: Readonly<Record<string, JsonObject>> = {
  'elicitation/create': { action: 'accept', content: { name: 'ada' } },
  'sampling/createMessage': { role: 'assistant', content: { type: 'text', text: 'well' }, model: 'm-1' },
  'roots/list': { roots: [{ uri: 'file:///work' }] },
};

export interface Begun {
  id: number;
  answer: Promise<JsonObject>;
  leave: () => void;
}

export class RawAgent {
  /** Notifications, in the order in which they came. */
  readonly heard: JsonObject[] = [];
  /** What it was asked. */
  readonly asked: JsonObject[] = [];
  /** Questions that it leaves open. */
  silent = false;
  logLevel: string | null = null;
  readonly #leaving = new AbortController();
  #lastId = 0;

  private constructor(
    readonly era: Era,
    private readonly url: string,
    private readonly headers: Record<string, string>,
  ) {}

  static async open(world: World, era: Era, token: string, path = '/mcp'): Promise<RawAgent> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    const agent = new RawAgent(era, world.url + path, headers);
    if (era === 'modern') return agent;
    const hello = {
      protocolVersion: '2025-11-25',
      capabilities: CAPABILITIES,
      clientInfo: { name: 'raw', version: '1' },
    };
    const response = await agent.#post({ jsonrpc: '2.0', id: 0, method: 'initialize', params: hello }, {});
    headers['mcp-session-id'] = response.headers.get('mcp-session-id') ?? '';
    headers['mcp-protocol-version'] = '2025-11-25';
    await response.text();
    return agent;
  }

  close(): void {
    this.#leaving.abort();
  }

  /** Waits for the last answer, whatever has to be said for it. */
  ask(method: string, params: JsonObject = {}): Promise<JsonObject> {
    return this.begin(method, params).answer;
  }

  begin(method: string, params: JsonObject = {}): Begun {
    const id = ++this.#lastId;
    const leaving = new AbortController();
    return { id, answer: this.#answered(id, method, params, leaving.signal), leave: () => leaving.abort() };
  }

  /** @returns the status. */
  notify(method: string, params?: JsonObject): Promise<number> {
    return this.say({ method, ...(params && { params }) });
  }

  /** What is no request. @returns the status. */
  async say(message: JsonObject): Promise<number> {
    const response = await this.#post({ jsonrpc: '2.0', ...message }, {});
    await response.text();
    return response.status;
  }

  /** GET or DELETE, as a legacy agent does. A stream is read until the agent is closed. */
  async plain(
    method: 'GET' | 'DELETE',
    more: Record<string, string> = {},
  ): Promise<{ status: number; over: Promise<void> }> {
    const headers = {
      ...this.headers,
      accept: 'text/event-stream',
      ...(this.era === 'modern' && modernHeaders(method, {})),
    };
    const response = await fetch(this.url, { method, headers: { ...headers, ...more }, signal: this.#leaving.signal });
    return {
      status: response.status,
      over: this.#read(response, null).then(
        () => undefined,
        () => undefined,
      ),
    };
  }

  async #answered(id: number, method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    let sent = params;
    for (;;) {
      const response = await this.#post({ jsonrpc: '2.0', id, method, params: sent }, sent, signal);
      const answer = await this.#read(response, id);
      const { result } = answer;
      if (!isObject(result) || result['resultType'] !== 'input_required' || this.silent) return answer;
      const inputResponses: JsonObject = {};
      for (const [key, question] of Object.entries(result['inputRequests'] as JsonObject)) {
        this.asked.push(question as JsonObject);
        inputResponses[key] = ANSWERS[wordOf((question as JsonObject)['method'])] ?? null;
      }
      sent = { ...params, inputResponses, requestState: result['requestState'] ?? null };
    }
  }

  #post(message: JsonObject, named: JsonObject, signal = this.#leaving.signal): Promise<Response> {
    const { method, params } = message;
    const modern = this.era === 'modern';
    const own = isObject(params) ? params : {};
    const _meta = { ...(isObject(own['_meta']) && own['_meta']), ...this.#envelope() };
    const body = modern ? { ...message, params: { ...own, _meta } } : message;
    return fetch(this.url, {
      method: 'POST',
      headers: {
        ...this.headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(modern && typeof method === 'string' && modernHeaders(method, named)),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, this.#leaving.signal]),
    });
  }

  #envelope(): JsonObject {
    return {
      [`${PREFIX}protocolVersion`]: MODERN,
      [`${PREFIX}clientInfo`]: { name: 'raw', version: '1' },
      [`${PREFIX}clientCapabilities`]: CAPABILITIES,
      ...(this.logLevel !== null && { [`${PREFIX}logLevel`]: this.logLevel }),
    };
  }

  /** @returns the answer of that id; what comes before it is heard, and answered. */
  async #read(response: Response, id: number | null): Promise<JsonObject> {
    if (response.headers.get('content-type') !== 'text/event-stream') {
      const body = await response.text();
      return { ...(body === '' ? {} : (JSON.parse(body) as JsonObject)), status: response.status };
    }
    let text = '';
    let answer: JsonObject | null = null;
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        const message = data === undefined ? null : (JSON.parse(data) as JsonObject);
        if (message?.['method'] !== undefined) await this.#told(message);
        else if (message?.['id'] === id && message) answer = message;
      }
    }
    if (!answer) throw new Error('the stream ended without an answer');
    return { ...answer, status: response.status };
  }

  async #told(message: JsonObject): Promise<void> {
    const { id, method, params } = message;
    if (id === undefined) return void this.heard.push(message);
    this.asked.push({ method: method as Json, ...(params !== undefined && { params }) });
    const result = ANSWERS[wordOf(method)];
    if (this.silent) return;
    await this.#post({ jsonrpc: '2.0', id, ...(result ? { result } : { error: { code: -32601, message: 'no' } }) }, {});
  }
}

/** For what is surely text. */
export function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function modernHeaders(method: string, { name, uri, taskId }: JsonObject): Record<string, string> {
  const named = /^tasks\/(?:get|update|cancel)$/.test(method) ? taskId : (name ?? uri);
  return {
    'mcp-protocol-version': MODERN,
    'mcp-method': method,
    ...(typeof named === 'string' && { 'mcp-name': named }),
  };
}
