/**
 * The suite's server, by hand, in one era at a time: with sessions and questions on the call's stream (2025-11-25), or
 * stateless with questions in the result (2026-07-28).
 */
import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import type { Era } from '../../src/mcp/wire.js';
import {
  promptList,
  prompts,
  readResource,
  Refusal,
  resources,
  resourceTemplates,
  said,
  toolList,
  tools,
} from './offers.js';
import type { Context, Questions } from './offers.js';

export interface Fixture {
  url: string;
  close(): Promise<void>;
}

interface Request {
  id?: Json;
  method?: string;
  params?: JsonObject;
  result?: JsonObject;
  error?: JsonObject;
}

/** A modern call that cannot go on: its result says what is needed. */
class NeedsInput extends Error {
  constructor(
    readonly questions: Questions,
    readonly state: string | null,
  ) {
    super('input required');
  }
}

const INFO = { name: 'conformance-fixture', version: '1.0.0' };
const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
};
const SECRET = randomUUID();
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const META = 'io.modelcontextprotocol/';
const CACHED = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

interface Session {
  capabilities: JsonObject;
  level: string;
  stream: ServerResponse | null;
  waiting: Map<string, (answer: Request) => void>;
}

export async function startFixture(era: Era): Promise<Fixture> {
  const fixture = new Running(era);
  await new Promise<void>((resolve) => fixture.server.listen(0, '127.0.0.1', resolve));
  const { port } = fixture.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/mcp`, close: () => fixture.close() };
}

class Running {
  readonly server = createServer((req, res) => void this.#serve(req, res).catch(() => res.destroy()));
  readonly #sessions = new Map<string, Session>();
  /** Streams of subscriptions/listen, with their ids. */
  readonly #listening = new Map<ServerResponse, { id: Json; filter: JsonObject }>();
  readonly #gone = { tools: new Set<string>(), prompts: new Set<string>() };

  constructor(private readonly era: Era) {}

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const id = req.headers['mcp-session-id'];
    const session = typeof id === 'string' ? this.#sessions.get(id) : undefined;
    if (this.era === 'legacy' && id !== undefined && !session) return void res.writeHead(404).end();
    if (req.method === 'GET' && session) {
      session.stream = res.writeHead(200, { 'content-type': 'text/event-stream' });
      return res.flushHeaders();
    }
    if (req.method === 'DELETE' && typeof id === 'string') {
      this.#sessions.delete(id);
      return void res.writeHead(204).end();
    }
    if (req.method !== 'POST') return void res.writeHead(405).end();
    const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Request;
    if (this.era === 'modern') return this.#modern(request, req, res);
    return this.#legacy(request, session, res);
  }

  async #legacy(request: Request, session: Session | undefined, res: ServerResponse): Promise<void> {
    const { id, method, params = {} } = request;
    if (method === undefined && session) {
      session.waiting.get(said(id))?.(request);
      return void res.writeHead(202).end();
    }
    if (id === undefined) return void res.writeHead(202).end();
    if (method === 'initialize') {
      const key = randomUUID();
      const capabilities = (params['capabilities'] ?? {}) as JsonObject;
      this.#sessions.set(key, { capabilities, level: 'debug', stream: null, waiting: new Map() });
      res.setHeader('mcp-session-id', key);
      const result = { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, serverInfo: INFO };
      return json(res, 200, { jsonrpc: '2.0', id, result });
    }
    if (!session) return json(res, 400, { jsonrpc: '2.0', id, error: { code: -32600, message: 'No session' } });
    const stream = res.writeHead(200, { 'content-type': 'text/event-stream' });
    const meta = (params['_meta'] ?? {}) as JsonObject;
    const context = this.#context(params, stream, meta['progressToken'], session.capabilities, {
      level: session.level,
      ask: async (questions) => {
        const answers: Record<string, JsonObject> = {};
        for (const [key, { method: asked, params: about }] of Object.entries(questions)) {
          const own = randomUUID();
          const answer = await new Promise<Request>((resolve) => {
            session.waiting.set(own, resolve);
            event(stream, { jsonrpc: '2.0', id: own, method: asked, params: about });
          });
          session.waiting.delete(own);
          if (!answer.result) throw new Refusal(-32603, said(answer.error?.['message']));
          answers[key] = answer.result;
        }
        return answers;
      },
    });
    const body = await this.#answer(method ?? '', params, context, (level) => (session.level = level));
    stream.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n\n`);
  }

  async #modern({ id, method = '', params = {} }: Request, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const meta = (params['_meta'] ?? {}) as JsonObject;
    const capabilities = meta[`${META}clientCapabilities`];
    const flaw = this.#envelopeFlaw(meta, method, params, req);
    if (flaw) return json(res, 400, { jsonrpc: '2.0', id: id ?? null, error: flaw });
    if (method === 'subscriptions/listen') return this.#listen(id ?? null, params, res);
    const level = meta[`${META}logLevel`];
    const context = this.#context(params, res, meta['progressToken'], capabilities as JsonObject, {
      level: typeof level === 'string' ? level : null,
      ask: (questions, stateful = false) => Promise.resolve(fromResponses(params, questions, stateful)),
    });
    const body = await this.#answer(method, params, context, null);
    if ('result' in body) {
      const cache = CACHED.has(method) ? { ttlMs: 1000, cacheScope: 'private' } : {};
      body.result = { resultType: 'complete', ...cache, ...body.result, _meta: { [`${META}serverInfo`]: INFO } };
    }
    const message = { jsonrpc: '2.0', id: id ?? null, ...body };
    if (res.headersSent) return void res.end(`data: ${JSON.stringify(message)}\n\n`);
    const code = body.error?.['code'];
    json(res, code === -32601 ? 404 : code === -32021 ? 400 : 200, message);
  }

  #envelopeFlaw(meta: JsonObject, method: string, params: JsonObject, { headers }: IncomingMessage): JsonObject | null {
    const version = meta[`${META}protocolVersion`];
    if (version === undefined || meta[`${META}clientCapabilities`] === undefined) {
      return { code: -32602, message: '_meta lacks what every request carries' };
    }
    const name = params['name'] ?? params['uri'];
    const named = ['tools/call', 'prompts/get', 'resources/read'].includes(method);
    const agree =
      headers['mcp-protocol-version'] === version &&
      headers['mcp-method'] === method &&
      (!named || headers['mcp-name'] === name);
    if (!agree) return { code: -32020, message: 'Header mismatch' };
    if (version === '2026-07-28') return null;
    const data = { supported: ['2026-07-28'], requested: version };
    return { code: -32022, message: 'Unsupported protocol version', data };
  }

  #listen(id: Json, params: JsonObject, res: ServerResponse): void {
    const filter = (params['notifications'] ?? {}) as JsonObject;
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#listening.set(res, { id, filter });
    res.on('close', () => this.#listening.delete(res));
    this.#announce('notifications/subscriptions/acknowledged', { notifications: filter }, res);
  }

  #announce(method: string, params: JsonObject, only?: ServerResponse): void {
    for (const [res, { id, filter }] of this.#listening) {
      const wanted =
        method === 'notifications/tools/list_changed'
          ? filter['toolsListChanged']
          : method === 'notifications/prompts/list_changed'
            ? filter['promptsListChanged']
            : res === only;
      if (wanted !== true) continue;
      event(res, { jsonrpc: '2.0', method, params: { ...params, _meta: { [`${META}subscriptionId`]: id } } });
    }
    if (only) return;
    for (const { stream } of this.#sessions.values()) if (stream) event(stream, { jsonrpc: '2.0', method });
  }

  #context(
    params: JsonObject,
    stream: ServerResponse,
    token: Json | undefined,
    capabilities: JsonObject,
    more: { level: string | null; ask: Context['ask'] },
  ): Context {
    const notify = (method: string, said: JsonObject): void => {
      event(stream, { jsonrpc: '2.0', method, params: said });
    };
    const logs = more.level !== null && LEVELS.indexOf(more.level) <= LEVELS.indexOf('info');
    return {
      arguments: (params['arguments'] ?? {}) as JsonObject,
      capabilities,
      logs,
      progress: (progress, total) => {
        if (token !== undefined) notify('notifications/progress', { progressToken: token, progress, total });
      },
      log: (data) => {
        if (logs) notify('notifications/message', { level: 'info', data });
      },
      ask: more.ask,
      toggle: (kind) => {
        const gone = this.#gone[kind];
        const name = kind === 'tools' ? 'test_dynamic' : 'test_dynamic_prompt';
        if (!gone.delete(name)) gone.add(name);
        this.#announce(`notifications/${kind}/list_changed`, {});
      },
    };
  }

  async #answer(
    method: string,
    params: JsonObject,
    context: Context,
    setLevel: ((level: string) => void) | null,
  ): Promise<{ result?: JsonObject; error?: JsonObject }> {
    try {
      const result = await this.#result(method, params, context, setLevel);
      return result ? { result } : { error: { code: -32601, message: 'Method not found' } };
    } catch (cause) {
      if (cause instanceof NeedsInput) {
        const { questions, state } = cause;
        return {
          result: {
            resultType: 'input_required',
            inputRequests: questions,
            ...(state !== null && { requestState: state }),
          },
        };
      }
      if (!(cause instanceof Refusal)) throw cause;
      return { error: { code: cause.code, message: cause.message, ...(cause.data && { data: cause.data }) } };
    }
  }

  async #result(
    method: string,
    params: JsonObject,
    context: Context,
    setLevel: ((level: string) => void) | null,
  ): Promise<JsonObject | null> {
    const name = said(params['name']);
    switch (method) {
      case 'server/discover':
        return this.era === 'modern' ? { supportedVersions: ['2026-07-28'], capabilities: CAPABILITIES } : null;
      case 'ping':
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.era === 'legacy' ? {} : null;
      case 'logging/setLevel':
        setLevel?.(said(params['level']));
        return setLevel ? {} : null;
      case 'tools/list':
        return { tools: toolList(this.#gone.tools) };
      case 'prompts/list':
        return { prompts: promptList(this.#gone.prompts) };
      case 'resources/list':
        return { resources };
      case 'resources/templates/list':
        return { resourceTemplates };
      case 'completion/complete':
        return { completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } };
      case 'tools/call': {
        const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
        if (!tool) throw new Refusal(-32602, 'Unknown tool');
        return tool(context);
      }
      case 'prompts/get': {
        const prompt = Object.hasOwn(prompts, name) ? prompts[name] : undefined;
        if (!prompt) throw new Refusal(-32602, 'Unknown prompt');
        return prompt.get(context);
      }
      case 'resources/read': {
        const uri = said(params['uri']);
        const found = readResource(uri);
        if (!found) throw new Refusal(this.era === 'modern' ? -32602 : -32002, 'Resource not found', { uri });
        return found;
      }
      default:
        return null;
    }
  }
}

/** The answers that came with the call, or what is needed still. State is signed: it has been in the caller's hands. */
function fromResponses(params: JsonObject, questions: Questions, stateful: boolean): Record<string, JsonObject> {
  const answers = { ...verified(params['requestState']) };
  const sent = params['inputResponses'];
  for (const [key, value] of Object.entries(isObject(sent) ? sent : {})) if (isObject(value)) answers[key] = value;
  const fit = (key: string): boolean => {
    const answer = answers[key];
    return answer !== undefined && ('action' in answer || 'content' in answer || 'roots' in answer);
  };
  const left = Object.fromEntries(Object.entries(questions).filter(([key]) => !fit(key)));
  if (Object.keys(left).length > 0) throw new NeedsInput(left, stateful ? signed(answers) : null);
  return answers;
}

function signed(answers: JsonObject): string {
  const text = Buffer.from(JSON.stringify(answers)).toString('base64url');
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

function verified(state: Json | undefined): Record<string, JsonObject> {
  if (state === undefined) return {};
  const [text = '', mac] = said(state).split('.');
  const right = createHmac('sha256', SECRET).update(text).digest('base64url');
  if (mac !== right) throw new Refusal(-32602, 'requestState is not of this server');
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, JsonObject>;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function event(res: ServerResponse, message: object): void {
  if (!res.headersSent) res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write(`data: ${JSON.stringify(message)}\n\n`);
}

function json(res: ServerResponse, status: number, message: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(message));
}
