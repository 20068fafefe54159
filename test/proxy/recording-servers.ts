/**
 * Servers that offer every method of their generation and write down, whole and in order, whatever reaches them: one that
 * has sessions, over stdio or HTTP, and one that has none. Written by hand, so that nothing here believes what the proxy
 * believes, and no SDK mends what it sends.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  isObject,
  type Definition,
  type Json,
  type JsonObject,
  type ServerDefinitions,
} from '../../src/model/definitions.js';
import { serve, type Peer } from '../wire/peers.js';
import type { Behaviour } from './fake-bridge.js';
import { wordOf } from './raw-agent.js';
import { tool } from './world.js';

/** A form, a URL to visit, a thought and the roots: what a server may want of an agent. */
export const QUESTIONS: Readonly<Record<string, { method: string; params: JsonObject }>> = {
  form: {
    method: 'elicitation/create',
    params: { message: 'who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } },
  },
  visit: {
    method: 'elicitation/create',
    params: { mode: 'url', message: 'sign in', url: 'https://id.test/x', elicitationId: 'e1' },
  },
  think: {
    method: 'sampling/createMessage',
    params: { messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 9 },
  },
  look: { method: 'roots/list', params: {} },
};
/** What it asks by is kept here, to be brought back as it was. */
export const STATE = 'kept "é" \\ /';
/** The handshake and the lists are the proxy's own. */
const OWN = /^(?:initialize|notifications\/initialized|server\/discover|\w+\/(?:templates\/)?list)$/;

const TASKS = { list: {}, cancel: {}, requests: { tools: { call: {} } } };
const EXTENSION = 'io.modelcontextprotocol/tasks';
const META = 'io.modelcontextprotocol/';

/** What both say of themselves; `uri` begins their resources. */
export function offers(scheme: string, modern: boolean): ServerDefinitions {
  return {
    protocolVersion: modern ? '2026-07-28' : '2025-11-25',
    serverInfo: { name: 'recording', version: '1' },
    capabilities: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      completions: {},
      logging: {},
      ...(modern ? { extensions: { [EXTENSION]: {} } } : { tasks: TASKS }),
    },
    instructions: null,
    tools: TOOLS.map((name) => tool(name, {}, name === 'job' ? { execution: { taskSupport: 'optional' } } : {})),
    prompts: [{ name: 'greet', arguments: [{ name: 'who' }] }],
    resources: [{ uri: `${scheme}://one`, name: 'one' }],
    resourceTemplates: [{ uriTemplate: `${scheme}://page/{n}`, name: 'page' }],
  };
}

/** What no server may ask. */
export const STRAYS = ['acme/ask', 'tools/call', 'tasks/list', 'initialize'];

export const TOOLS = [
  ...['echo', 'report', 'wait', 'job', 'stray', 'ping', 'take_back', 'first_visit', 'comes_and_goes'],
  ...Object.keys(QUESTIONS),
];

type Say = (message: JsonObject) => void;
type Answer = JsonObject | null;
/** Told once when nobody waits for the answer any more, or has it. */
type Leaving = (leave: () => void) => void;

/** What is common to both: the record, and what each method is answered with. */
abstract class Recording {
  readonly reached: JsonObject[] = [];
  /** What it shows of its tools now. */
  tools: Definition[];

  constructor(readonly defined: ServerDefinitions) {
    this.tools = defined.tools;
  }

  /** Without what the proxy asks on its own behalf. */
  get asked(): JsonObject[] {
    return this.reached.filter(({ method }) => typeof method !== 'string' || !OWN.test(method));
  }

  protected lists(method: string): JsonObject | null {
    const { prompts, resources, resourceTemplates } = this.defined;
    if (method === 'tools/list') return { tools: this.tools };
    if (method === 'prompts/list') return { prompts };
    if (method === 'resources/list') return { resources };
    return method === 'resources/templates/list' ? { resourceTemplates } : null;
  }

  protected offered(method: string, params: JsonObject): JsonObject | null {
    const { uri } = params;
    if (method === 'prompts/get') return { messages: [{ role: 'user', content: text('hello') }] };
    if (method === 'resources/read') return { contents: [{ uri: uri ?? '', text: 'read' }] };
    return method === 'completion/complete' ? { completion: { values: ['ada'] } } : null;
  }

  protected report(params: JsonObject, say: Say): void {
    const meta = isObject(params['_meta']) ? params['_meta'] : {};
    const { progressToken } = meta;
    if (progressToken !== undefined)
      say(notification('notifications/progress', { progressToken, progress: 1, total: 2, vendor: true }));
    for (const level of ['debug', 'warning'])
      say(notification('notifications/message', { level, logger: 'l', data: { said: level } }));
  }

  /** What no server may ask or say. */
  protected strays(say: Say): string[] {
    say(notification('notifications/acme', { x: 1 }));
    say(notification('tools/call', { name: 'echo' }));
    for (const method of STRAYS) say({ jsonrpc: '2.0', id: method, method, params: { name: 'echo' } });
    return STRAYS;
  }
}

export class LegacyRecording extends Recording {
  /** What it says of its own accord goes to all of these. */
  readonly idle = new Set<Say>();
  /** Its own questions that are open. */
  readonly #open = new Map<string, (answer: JsonObject) => void>();
  readonly #waiting = new Map<string, Say>();
  #lastAsked = 0;
  tasks = 0;
  level: Json = null;

  say(method: string, params?: JsonObject): void {
    for (const say of this.idle) say(notification(method, params));
  }

  async receive(message: JsonObject, say: Say): Promise<void> {
    this.reached.push(message);
    const { id, method } = message;
    const params = isObject(message['params']) ? message['params'] : {};
    if (typeof method !== 'string') return this.#open.get(wordOf(id))?.(message);
    if (method === 'notifications/cancelled') this.#waiting.delete(JSON.stringify(params['requestId']));
    if (id === undefined) return;
    const answer = await this.#answer(method, params, id, say);
    if (answer) say({ jsonrpc: '2.0', id, ...answer });
  }

  async #answer(method: string, params: JsonObject, id: Json, say: Say): Promise<Answer> {
    const { capabilities, serverInfo, protocolVersion } = this.defined;
    if (method === 'initialize') return { result: { protocolVersion, capabilities, serverInfo } };
    const result = this.lists(method) ?? this.offered(method, params);
    if (result) return { result };
    if (method === 'logging/setLevel') this.level = params['level'] ?? null;
    if (['resources/subscribe', 'resources/unsubscribe', 'logging/setLevel'].includes(method)) return { result: {} };
    if (method === 'tasks/result') return { result: { content: [text(`of ${wordOf(params['taskId'])}`)] } };
    if (method === 'tasks/get') return { result: task(params['taskId'] ?? null, 'working') };
    if (method === 'tasks/cancel') return { result: task(params['taskId'] ?? null, 'cancelled') };
    return method === 'tools/call' ? this.#call(params, id, say) : refusal(-32601, 'Method not found');
  }

  async #call(params: JsonObject, id: Json, say: Say): Promise<Answer> {
    const name = wordOf(params['name']);
    const question = QUESTIONS[name];
    if (name === 'wait') this.#waiting.set(JSON.stringify(id), say);
    if (name === 'wait') return null;
    if (name === 'report') this.report(params, say);
    if (name === 'job' && params['task'] !== undefined)
      return { result: { task: task(`t${++this.tasks}`, 'working') } };
    if (name === 'ping') return said(await this.#ask('ping', undefined, say));
    if (name === 'stray') return said(await this.#answersTo(this.strays(say)));
    if (name === 'take_back') return this.#takeBack(say);
    if (name === 'first_visit')
      return refusal(-32042, 'visit first', { elicitations: [QUESTIONS['visit']?.params ?? {}] });
    if (!question) return said(params['arguments'] ?? null);
    const answer = await this.#ask(question.method, question.params, say);
    if (name === 'visit') say(notification('notifications/elicitation/complete', { elicitationId: 'e1' }));
    return said(answer);
  }

  #ask(method: string, params: JsonObject | undefined, say: Say): Promise<JsonObject> {
    const id = `ask-${++this.#lastAsked}`;
    say({ jsonrpc: '2.0', id, method, ...(params && { params }) });
    return this.#answered(id);
  }

  async #answered(id: string): Promise<JsonObject> {
    const { result, error } = await new Promise<JsonObject>((resolve) => this.#open.set(id, resolve));
    return result === undefined ? { error: codeOf(error) } : { result };
  }

  async #answersTo(ids: string[]): Promise<Json> {
    const all = await Promise.all(ids.map((id) => this.#answered(id)));
    return all.map(({ error }) => error ?? null);
  }

  /** Asks, and thinks better of it. */
  async #takeBack(say: Say): Promise<Answer> {
    const question = QUESTIONS['form'];
    const answer = this.#ask('elicitation/create', question?.params, say);
    const id = `ask-${this.#lastAsked}`;
    const declined = await Promise.race([answer, new Promise<null>((resolve) => setTimeout(resolve, 50, null))]);
    if (declined) return said(declined);
    say(notification('notifications/cancelled', { requestId: id, reason: 'never mind' }));
    return said('taken back');
  }
}

/** Over the bridge: each run is a process of its own, and all of them are recorded as one. */
export function overStdio(recording: LegacyRecording): Behaviour {
  return (message, run) => {
    const say: Say = (said) => run.send(`${JSON.stringify(said)}\n`);
    if (message['method'] === 'initialize') recording.idle.add(say);
    void recording.receive(message, say);
    return true;
  };
}

/** As `overStdio`, of the newer one: each request has its own way of being heard until it is called off. */
export function modernOverStdio(recording: ModernRecording): Behaviour {
  const leaving = new Map<string, () => void>();
  return (message, run) => {
    const { id, method, params } = message;
    // Each request speaks for itself, so that what is listened to can be told apart.
    const say: Say = (said) => run.send(`${JSON.stringify(said)}\n`);
    recording.receive(message, say, (leave) => leaving.set(JSON.stringify(id), leave));
    if (method === 'notifications/cancelled' && isObject(params)) leaving.get(JSON.stringify(params['requestId']))?.();
    return true;
  };
}

export function overHttp(recording: LegacyRecording): Promise<Peer> {
  const sessions = new Set<string>();
  const handle = async (req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> => {
    const id = req.headers['mcp-session-id'];
    const known = typeof id === 'string' && sessions.has(id);
    if (req.method === 'DELETE') recording.reached.push({ method: 'DELETE' });
    if (req.method === 'DELETE') return void res.writeHead(200).end();
    if (req.method === 'GET') return known ? listenOn(res, recording.idle) : void res.writeHead(405).end();
    const message = body as JsonObject;
    if (message['method'] === 'initialize') {
      const own = randomUUID();
      sessions.add(own);
      res.setHeader('mcp-session-id', own);
    } else if (!known) return void res.writeHead(404).end();
    if (message['id'] === undefined || message['method'] === undefined) {
      res.writeHead(202).end();
      return recording.receive(message, () => undefined);
    }
    const say = stream(res);
    await recording.receive(message, (said) => {
      say(said);
      if (said['id'] === message['id'] && said['method'] === undefined) res.end();
    });
  };
  return serve(handle, { announce: () => undefined, forget: () => sessions.clear() });
}

export class ModernRecording extends Recording {
  readonly #listening = new Map<Say, JsonObject>();
  tasks = 0;
  /** Calls whose stream was closed by who made them. */
  closed = 0;
  /** What calls are refused with. */
  error: JsonObject | null = null;
  /** What its questions carry beside themselves. */
  questionMeta: JsonObject | null = null;

  say(method: string, params: JsonObject = {}): void {
    for (const [say, { id, filter }] of this.#listening) {
      const wanted = filter as JsonObject;
      const uris = Array.isArray(wanted['resourceSubscriptions']) ? wanted['resourceSubscriptions'] : [];
      const list = /^notifications\/(\w+)\/list_changed$/.exec(method)?.[1];
      const heard = list ? wanted[`${list}ListChanged`] === true : uris.includes(params['uri'] ?? null);
      if (heard) say(notification(method, { ...params, _meta: { [`${META}subscriptionId`]: id ?? null } }));
    }
  }

  /** @returns whether it has answered. */
  receive(message: JsonObject, say: Say, leaving: Leaving, refused: Answer = null): boolean {
    this.reached.push(message);
    const { id, method } = message;
    if (id === undefined || typeof method !== 'string') return false;
    const params = isObject(message['params']) ? message['params'] : {};
    const answer = refused ?? this.#answer(method, params, id, say, leaving);
    if (answer) say({ jsonrpc: '2.0', id, ...answer });
    return answer !== null;
  }

  serve(): Promise<Peer> {
    return serve(
      (req, res, body) => {
        const message = body as JsonObject;
        const params = isObject(message['params']) ? message['params'] : {};
        const refused = message['id'] === undefined ? null : headerProblem(req, message, params);
        const say = stream(res);
        const leaving: Leaving = (leave) => res.on('close', leave);
        if (this.receive(message, say, leaving, refused)) res.end();
        else if (message['id'] === undefined || message['method'] === undefined) res.writeHead(202).end();
        return Promise.resolve();
      },
      { announce: () => undefined, forget: () => undefined },
    );
  }

  #answer(method: string, params: JsonObject, id: Json, say: Say, leaving: Leaving): Answer {
    const { capabilities } = this.defined;
    const cached = { ttlMs: 0, cacheScope: 'private' };
    const complete = (result: JsonObject): JsonObject => ({ result: { resultType: 'complete', ...result } });
    if (method === 'server/discover') return complete({ supportedVersions: ['2026-07-28'], capabilities, ...cached });
    const listed = this.lists(method);
    if (listed) return complete({ ...listed, ...cached });
    const offered = this.offered(method, params);
    if (offered) return complete({ ...offered, ...(method === 'resources/read' && cached) });
    if (method === 'tasks/get') return complete({ ...task(params['taskId'] ?? null, 'working'), ttlMs: 60_000 });
    if (method === 'tasks/cancel' || method === 'tasks/update') return complete({});
    if (method === 'subscriptions/listen') return this.#listen(params, id, say, leaving);
    return method === 'tools/call' ? this.#call(params, say, leaving) : refusal(-32601, 'Method not found');
  }

  #listen(params: JsonObject, id: Json, say: Say, leaving: Leaving): null {
    const filter = params['notifications'] as JsonObject;
    const _meta = { [`${META}subscriptionId`]: id };
    say(notification('notifications/subscriptions/acknowledged', { notifications: filter, _meta }));
    this.#listening.set(say, { id, filter });
    leaving(() => this.#listening.delete(say));
    return null;
  }

  #call(params: JsonObject, say: Say, leaving: Leaving): Answer {
    const name = wordOf(params['name']);
    const meta = params['_meta'] as JsonObject;
    const declared = meta[`${META}clientCapabilities`] as JsonObject;
    if (this.error) return { error: this.error };
    if (name === 'wait') {
      leaving(() => this.closed++);
      return null;
    }
    if (name === 'report') this.report(params, say);
    if (name === 'stray') this.strays(say);
    if (name === 'ping') say({ jsonrpc: '2.0', id: 'ping', method: 'ping' });
    if (name === 'job' && isObject((declared['extensions'] as JsonObject | undefined)?.[EXTENSION]))
      return { result: { ...task(`t${++this.tasks}`, 'working'), ttlMs: 60_000, resultType: 'task' } };
    const question = QUESTIONS[name === 'take_back' || name === 'first_visit' ? 'form' : name];
    const brought = isObject(params['inputResponses']) ? params['inputResponses']['q'] : undefined;
    if (!question) return said(params['arguments'] ?? null, 'complete');
    if (brought !== undefined)
      return said(params['requestState'] === STATE ? { result: brought } : 'another state', 'complete');
    const { elicitationId: _, ...asked } = question.params;
    const _meta = this.questionMeta;
    const inputRequests = { q: { method: question.method, params: { ...asked, ...(_meta && { _meta }) } } };
    return { result: { resultType: 'input_required', inputRequests, requestState: STATE } };
  }
}

const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** MCP 2026-07-28, Standard Request Headers: a server that is strict about them. */
function headerProblem({ headers }: IncomingMessage, message: JsonObject, params: JsonObject): Answer {
  const meta = isObject(params['_meta']) ? params['_meta'] : {};
  const method = wordOf(message['method']);
  const key = NAMED[method];
  const agree =
    headers['mcp-method'] === method &&
    headers['mcp-protocol-version'] === meta[`${META}protocolVersion`] &&
    (headers['mcp-name'] ?? null) === (key === undefined ? null : params[key]);
  return agree ? null : refusal(-32020, 'Header mismatch');
}

function stream(res: ServerResponse): Say {
  return (message) => {
    if (!res.headersSent) res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  };
}

function listenOn(res: ServerResponse, idle: Set<Say>): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  const say = stream(res);
  idle.add(say);
  res.on('close', () => idle.delete(say));
}

function task(taskId: Json, status: string): JsonObject {
  const at = '2026-01-01T00:00:00Z';
  return { taskId, status, ttl: 60_000, createdAt: at, lastUpdatedAt: at };
}

function notification(method: string, params?: JsonObject): JsonObject {
  return { jsonrpc: '2.0', method, ...(params && { params }) };
}

function text(said: string): JsonObject {
  return { type: 'text', text: said };
}

function said(what: Json, resultType?: string): JsonObject {
  return { result: { ...(resultType && { resultType }), content: [text(JSON.stringify(what))] } };
}

function refusal(code: number, message: string, data?: JsonObject): JsonObject {
  return { error: { code, message, ...(data && { data }) } };
}

function codeOf(error: Json | undefined): Json {
  return isObject(error) ? (error['code'] ?? null) : null;
}
