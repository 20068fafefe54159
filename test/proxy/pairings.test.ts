/** The four pairings of agent and server (notes: mcp-proxying), row by row, with real peers of both generations. */
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionsAt, serveRemote } from './remote.js';
import { richLegacyPeer, richModernPeer, type RichPeer } from './rich-peers.js';
import { grant, until, World } from './world.js';

/** What both clients can do, in the same words. */
interface Agent {
  tools(): Promise<{ name: string }[]>;
  call(
    name: string,
    more?: { onprogress?: (progress: { progress: number }) => void },
  ): Promise<Record<string, unknown>>;
  prompt(name: string): Promise<unknown>;
  complete(name: string): Promise<unknown>;
  read(uri: string): Promise<unknown>;
  listed(): Promise<unknown>;
  wantLogs(): Promise<void>;
  follow(uri: string, heard: () => void): Promise<void>;
  logs: unknown[];
  listChanges: number;
  close(): Promise<void>;
}

const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };
const SAID = { action: 'accept' as const, content: { name: 'ada' } };
const THOUGHT = { role: 'assistant' as const, content: { type: 'text' as const, text: 'well' }, model: 'm-1' };
const INFO = { name: 'agent', version: '1' };

let world: World;
const tokens: Record<string, string> = {};
const init = (agent: string) => ({ requestInit: { headers: { authorization: `Bearer ${tokens[agent] ?? ''}` } } });

async function legacyAgent(path: string, who = 'bot'): Promise<Agent> {
  const client = new LegacyClient(INFO, { capabilities: CAPABILITIES });
  client.setRequestHandler(ElicitRequestSchema, () => SAID);
  client.setRequestHandler(CreateMessageRequestSchema, () => THOUGHT);
  const followed = new Map<string, () => void>();
  const agent: Agent = {
    logs: [],
    listChanges: 0,
    tools: async () => (await client.listTools()).tools,
    call: (name, more) => client.callTool({ name, arguments: {} }, undefined, more),
    prompt: (name) => client.getPrompt({ name, arguments: { who: 'bob' } }),
    complete: (name) => client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: 'who', value: 'a' } }),
    read: (uri) => client.readResource({ uri }),
    listed: async () => ({ ...(await client.listResources()), ...(await client.listResourceTemplates()) }),
    wantLogs: async () => {
      await client.setLoggingLevel('info');
    },
    follow: async (uri, heard) => {
      followed.set(uri, heard);
      await client.subscribeResource({ uri });
    },
    close: () => client.close(),
  };
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    agent.logs.push(params.data);
  });
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => followed.get(params.uri)?.());
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    agent.listChanges++;
  });
  await client.connect(new LegacyTransport(new URL(world.url + path), init(who)));
  return agent;
}

async function modernAgent(path: string, who = 'bot'): Promise<Agent> {
  const client = new ModernClient(INFO, {
    capabilities: CAPABILITIES,
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  });
  client.setRequestHandler('elicitation/create', () => SAID);
  client.setRequestHandler('sampling/createMessage', () => THOUGHT);
  const followed = new Map<string, () => void>();
  let meta: Record<string, unknown> = {};
  const agent: Agent = {
    logs: [],
    listChanges: 0,
    tools: async () => (await client.listTools()).tools,
    call: async (name, more) => ({ ...(await client.callTool({ name, arguments: {}, _meta: meta }, more)) }),
    prompt: (name) => client.getPrompt({ name, arguments: { who: 'bob' } }),
    complete: (name) => client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: 'who', value: 'a' } }),
    read: (uri) => client.readResource({ uri }),
    listed: async () => ({ ...(await client.listResources()), ...(await client.listResourceTemplates()) }),
    wantLogs: () => {
      meta = { 'io.modelcontextprotocol/logLevel': 'info' };
      return Promise.resolve();
    },
    follow: async (uri, heard) => {
      followed.set(uri, heard);
      await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
    },
    close: () => client.close(),
  };
  client.setNotificationHandler('notifications/message', ({ params }) => {
    agent.logs.push(params.data);
  });
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => followed.get(params.uri)?.());
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    agent.listChanges++;
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(world.url + path), init(who)));
  return agent;
}

/** An older server is told that there is no such method; a newer one sees it beforehand and says so. */
async function expectUnasked(call: Promise<Record<string, unknown>>): Promise<void> {
  const answer = await call.catch((cause: unknown) => String(cause));
  if (typeof answer === 'string') expect(answer).toMatch(/do not declare the required capability/);
  else expect(answer).toMatchObject({ isError: true });
}

const peers: Record<string, RichPeer> = {};

beforeAll(async () => {
  peers['old'] = await richLegacyPeer();
  peers['new'] = await richModernPeer();
  world = new World({ servers: {}, agents: {} });
  const all = Object.entries(peers);
  const grants = await Promise.all(
    all.map(async ([name, { url }]) => {
      const definitions = await definitionsAt(url);
      serveRemote(world.policy, name, url, definitions);
      return grant(
        name,
        definitions.tools.map((tool) => tool.name),
        {
          rule: `agents.bot.grants[${name}]`,
          prompts: ['greet'],
          resources: ['docs://**'],
          serverRequests: ['elicitation', 'sampling'],
        },
      );
    }),
  );
  world.policy.agents['bot'] = { grants };
  world.policy.agents['quiet'] = { grants: grants.map((each) => ({ ...each, serverRequests: [] })) };
  const bare = { prompts: [], resources: [], serverRequests: [] };
  world.policy.agents['bare'] = { grants: grants.map((each) => ({ ...each, ...bare, tools: ['report'] })) };
  tokens['bare'] = world.token('bare');
  tokens['bot'] = world.token('bot');
  tokens['quiet'] = world.token('quiet');
  await world.start();
});
afterAll(async () => {
  await world.stop();
  await Promise.all(Object.values(peers).map((peer) => peer.close()));
});

describe.each([
  ['legacy', 'old'],
  ['legacy', 'new'],
  ['modern', 'old'],
  ['modern', 'new'],
])('a %s agent of a server that is %s', (era, server) => {
  const connect = era === 'legacy' ? legacyAgent : modernAgent;
  const equals = (era === 'legacy') === (server === 'old');
  let agent: Agent;
  beforeAll(async () => {
    agent = await connect('/mcp');
  });
  afterAll(() => agent.close());

  it('lists and calls, and hears progress while it waits', async () => {
    const names = (await agent.tools()).map(({ name }) => name);
    expect(names).toContain(`${server}__report`);
    const heard: number[] = [];
    const done = await agent.call(`${server}__report`, { onprogress: ({ progress }) => heard.push(progress) });
    expect(done).toMatchObject({ content: [{ type: 'text', text: 'done' }] });
    expect(heard).toEqual([1, 2]);
  });

  it('hears logs from its level on; the newer only when it asked, the older what its server says by itself', async () => {
    agent.logs.length = 0;
    await agent.call(`${server}__report`);
    expect(agent.logs).toEqual(equals && server === 'old' ? ['heard'] : []);
    agent.logs.length = 0;
    await agent.wantLogs();
    await agent.call(`${server}__report`);
    await until(() => agent.logs.length > 0);
    expect(agent.logs).toEqual(['heard']);
  });

  it('is asked for what the server wants to know', async () => {
    expect(await agent.call(`${server}__ask`)).toMatchObject({ content: [{ text: 'accept ada' }] });
  });

  it('samples for its equals alone', async () => {
    const thought = agent.call(`${server}__think`);
    if (equals) expect(await thought).toMatchObject({ content: [{ text: 'm-1' }] });
    else await expectUnasked(thought);
  });

  it('is asked nothing where no grant says so', async () => {
    const quiet = await connect('/mcp', 'quiet');
    await expectUnasked(quiet.call(`${server}__ask`));
    await expectUnasked(quiet.call(`${server}__think`));
    await quiet.close();
  });

  it('gets prompts, completed by their own names', async () => {
    expect(await agent.prompt(`${server}__greet`)).toMatchObject({ messages: [{ content: { text: 'hello bob' } }] });
    expect(await agent.complete(`${server}__greet`)).toMatchObject({ completion: { values: ['ada', 'alan'] } });
    await expect(agent.prompt('greet')).rejects.toThrow(/Unknown prompt/);
  });

  it('reads resources where they are one server’s', async () => {
    const alone = await connect(`/server/${server}/mcp`);
    expect(await alone.read('docs://readme')).toMatchObject({ contents: [{ text: 'read me' }] });
    expect(await alone.read('docs://page/7')).toMatchObject({ contents: [{ uri: 'docs://page/7' }] });
    expect(await alone.listed()).toMatchObject({
      resources: [{ uri: 'docs://readme' }],
      resourceTemplates: [{ uriTemplate: 'docs://page/{n}' }],
    });
    const code = era === 'legacy' && server === 'old' ? -32002 : -32602;
    await expect(alone.read('docs://nothing')).rejects.toMatchObject({
      code: expect.toBeOneOf([code, -32602]) as number,
    });
    await expect(alone.read('file:///etc/passwd')).rejects.toThrow(/not found/i);
    await expect(agent.read('docs://readme')).rejects.toThrow(/ambiguous_uri/);
    await alone.close();
  });

  it('gets no prompt, completion or resource without a grant of it, and none of them is asked of the server', async () => {
    const bare = await connect(`/server/${server}/mcp`, 'bare');
    const methods = (): (string | null)[] => peers[server]?.requests.map(({ rpc }) => rpc) ?? [];
    const before = methods().length;
    const asked = [bare.prompt('greet'), bare.complete('greet'), bare.read('docs://readme')];
    const [prompt, complete, read] = await Promise.allSettled(asked);
    expect([prompt?.status, complete?.status, read?.status]).toEqual(['rejected', 'rejected', 'rejected']);
    const listed = await bare.listed().catch(() => ({}));
    expect(JSON.stringify(listed)).not.toContain('docs://');
    expect(await bare.call('report')).toMatchObject({ content: [{ text: 'done' }] });
    await expect(bare.call('ask')).rejects.toThrow(/Unknown tool|not found/i);
    const granted = ['tools/call', 'tools/list', 'notifications/cancelled', null];
    const reached = methods()
      .slice(before)
      .filter((rpc) => !granted.includes(rpc));
    expect(reached.filter((rpc) => rpc !== 'subscriptions/listen')).toEqual([]);
    await bare.close();
  });

  it('hears that a resource has changed', async () => {
    const alone = await connect(`/server/${server}/mcp`);
    let heard = 0;
    await alone.follow('docs://readme', () => heard++);
    await until(() => {
      peers[server]?.update('docs://readme');
      return heard > 0;
    });
    await alone.close();
  });
});

describe('what an older agent is shown of a newer server', () => {
  it('has objects where it knows nothing else', async () => {
    const agent = await legacyAgent('/server/new/mcp');
    const tool = (await agent.tools()).find(({ name }) => name === 'numbers');
    expect(tool).toMatchObject({
      outputSchema: { type: 'object', properties: { result: { type: 'array' } }, required: ['result'] },
    });
    const answer = await agent.call('numbers');
    expect(answer).toMatchObject({ structuredContent: { result: [1, 2] } });
    expect(Object.keys(answer)).not.toContain('resultType');
    await agent.close();
    const equal = await modernAgent('/server/new/mcp');
    expect(await equal.call('numbers')).toMatchObject({ structuredContent: [1, 2] });
    await equal.close();
  });
});
