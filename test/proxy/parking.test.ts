/** Calls of an older server that wait for a newer agent's answer: taken up once, by whom they were parked for, and not for ever. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import { definitionsAt, serveRemote } from './remote.js';
import { call, grant, tool, until, World, type HttpAnswer } from './world.js';

const VERSION = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {}, url: {} } },
};
const VISIT = { mode: 'url', elicitationId: 'e1', url: 'https://idp.example.com/consent', message: 'consent' };
const BOUNDS = { perAgent: 2, all: 3, milliseconds: 60_000 };

/** Asks once in the course of each call, and answers with what it was told. */
class AskingServer {
  readonly told: JsonObject[] = [];
  readonly cancelled: unknown[] = [];
  visited = false;
  readonly #calls = new Map<string, { id: number; response: ServerResponse }>();
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const message = JSON.parse(Buffer.concat(parts).toString()) as JsonObject;
    const { id, method, params } = message as { id?: number | string; method?: string; params?: JsonObject };
    const reply = (result: object): void => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...result }));
    };
    if (method === 'initialize') {
      const serverInfo = { name: 'asking', version: '1' };
      return reply({ result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } });
    }
    if (method === 'tools/list') return reply({ result: { tools: [tool('ask'), tool('visit')] } });
    if (method === 'tools/call' && params?.['name'] === 'visit') {
      const data = { elicitations: [VISIT] };
      if (this.visited) return reply({ result: { content: [{ type: 'text', text: 'consented' }] } });
      return reply({ error: { code: -32042, message: 'visit first', data } });
    }
    if (method === 'tools/call') return this.#ask(id as number, response);
    if (method !== undefined && id !== undefined)
      return reply({ error: { code: -32601, message: 'Method not found' } });
    response.writeHead(202).end();
    if (method === 'notifications/cancelled') this.cancelled.push(params?.['requestId']);
    if (method === undefined) this.#told(String(id), message);
  }

  #ask(id: number, response: ServerResponse): void {
    const question = `q${id}`;
    this.#calls.set(question, { id, response });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const params = { message: 'who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } };
    const asked = { jsonrpc: '2.0', id: question, method: 'elicitation/create', params };
    response.write(`data: ${JSON.stringify(asked)}\n\n`);
  }

  #told(question: string, message: JsonObject): void {
    const waiting = this.#calls.get(question);
    if (!waiting) return;
    this.told.push(message);
    const text = JSON.stringify(message['result'] ?? message['error']);
    const answer = { jsonrpc: '2.0', id: waiting.id, result: { content: [{ type: 'text', text }] } };
    waiting.response.end(`data: ${JSON.stringify(answer)}\n\n`);
  }
}

let world: World;
let server: AskingServer;
const tokens: Record<string, string> = {};

beforeEach(async () => {
  server = new AskingServer();
  const url = await server.start();
  const more = { serverRequests: ['elicitation' as const] };
  const tools = ['ask', 'visit'];
  world = new World({
    servers: {},
    agents: {
      bot: [grant('old', tools, more)],
      other: [grant('old', tools, more)],
      third: [grant('old', tools, more)],
    },
  });
  serveRemote(world.policy, 'old', url, await definitionsAt(url));
  for (const agent of ['bot', 'other', 'third']) tokens[agent] = world.token(agent);
  await world.start({ parkingBounds: BOUNDS });
});
afterEach(async () => {
  await world.stop();
  server.close();
});

function ask(agent: string, name = 'old__ask', more: JsonObject = {}): Promise<HttpAnswer> {
  const message = call(name);
  const params = { ...(message['params'] as JsonObject), ...more, _meta: META };
  return world.post(
    '/mcp',
    {
      authorization: `Bearer ${tokens[agent] ?? ''}`,
      'mcp-protocol-version': VERSION,
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    { ...message, params },
  );
}

const resultOf = ({ body }: HttpAnswer): JsonObject => (JSON.parse(body) as JsonObject)['result'] as JsonObject;

/** Calls until it is asked. @returns what brings the call on. */
async function parked(agent: string, name?: string): Promise<{ requestState: string; inputResponses: JsonObject }> {
  const result = resultOf(await ask(agent, name));
  expect(result).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) as string });
  const [key] = Object.keys(result['inputRequests'] as JsonObject);
  const said = { action: 'accept', content: { name: agent } };
  return { requestState: result['requestState'] as string, inputResponses: { [key ?? '']: said } };
}

describe('a parked call', () => {
  it('goes on with what its agent brings, once', async () => {
    const answer = await parked('bot');
    expect(resultOf(await ask('bot', 'old__ask', answer))).toMatchObject({
      resultType: 'complete',
      content: [{ text: expect.stringContaining('bot') as string }],
    });
    expect(server.told).toHaveLength(1);
    expect(JSON.parse((await ask('bot', 'old__ask', answer)).body)).toMatchObject({ error: { code: -32602 } });
    expect(server.told).toHaveLength(1);
  });

  it('is worth nothing to another agent, nor for another tool', async () => {
    const answer = await parked('bot');
    const refused = { error: { code: -32602, message: expect.stringContaining('requestState') as string } };
    expect(JSON.parse((await ask('other', 'old__ask', answer)).body)).toMatchObject(refused);
    expect(JSON.parse((await ask('bot', 'old__visit', answer)).body)).toMatchObject(refused);
    expect(server.told).toEqual([]);
    expect(resultOf(await ask('bot', 'old__ask', answer))).toMatchObject({ resultType: 'complete' });
  });

  it('is called off when its grant goes, and cannot be brought on', async () => {
    const answer = await parked('bot');
    world.policy.agents['bot'] = { grants: [] };
    world.write();
    await until(() => server.cancelled.length === 1);
    expect(JSON.parse((await ask('bot', 'old__ask', answer)).body)).toMatchObject({ error: {} });
    expect(server.told).toEqual([]);
  });

  it('is one of few: of one agent, and of all; the next is refused and called off', async () => {
    await parked('bot');
    await parked('bot');
    const busy = { isError: true, _meta: { 'io.toolcrib/refusal': { reason: 'busy' } } };
    expect(resultOf(await ask('bot'))).toMatchObject(busy);
    await until(() => server.cancelled.length === 1);
    await parked('other');
    expect(resultOf(await ask('third'))).toMatchObject(busy);
    await until(() => server.cancelled.length === 2);
  });
});

it('a URL that has to be visited first is asked for in the newer form, and the call begins anew after it', async () => {
  const first = resultOf(await ask('bot', 'old__visit'));
  expect(first).toMatchObject({ resultType: 'input_required' });
  const [[key, asked] = ['', null]] = Object.entries(first['inputRequests'] as JsonObject);
  const { elicitationId: _, ...visit } = VISIT;
  expect(asked).toEqual({ method: 'elicitation/create', params: visit });
  server.visited = true;
  const answer = { requestState: first['requestState'] ?? '', inputResponses: { [key]: { action: 'accept' } } };
  expect(resultOf(await ask('bot', 'old__visit', answer))).toMatchObject({ content: [{ text: 'consented' }] });
});
