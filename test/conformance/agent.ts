/**
 * What the suite runs as the client: the proxy, with the suite's server as its remote, and a real agent in front of it
 * that calls everything it is shown. So it is the upstream side of the proxy that is judged.
 */
import { Client } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { MODERN_VERSION } from '../../src/mcp/versions.js';
import type { Json, JsonObject, ServerDefinitions } from '../../src/model/definitions.js';
import { definitionsAt, serveRemote } from '../proxy/remote.js';
import { grant, World } from '../proxy/world.js';

interface Agent {
  listTools(): Promise<unknown>;
  callTool(call: { name: string; arguments: JsonObject }): Promise<unknown>;
  readResource(resource: { uri: string }): Promise<unknown>;
  getPrompt(prompt: { name: string; arguments: Record<string, string> }): Promise<unknown>;
  close(): Promise<void>;
}

const ME = { name: 'conformance-agent', version: '1.0.0' };

async function modernAgent(url: URL, token: string): Promise<Agent> {
  const client = new Client(ME, {
    capabilities: { elicitation: {} },
    versionNegotiation: { mode: { pin: MODERN_VERSION } },
  });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { confirmed: true } }));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  return client;
}

async function legacyAgent(url: URL, token: string): Promise<Agent> {
  const client = new OldClient(ME, { capabilities: { elicitation: { form: { applyDefaults: true } } } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }));
  const transport = new OldTransport(url, { requestInit: { headers: { authorization: `Bearer ${token}` } } });
  await client.connect(transport);
  return client;
}

/** The context's calls where the suite gives some; else each tool once. */
function calls({ tools }: ServerDefinitions): { name: string; arguments: JsonObject }[] {
  const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as {
    toolCalls?: ReturnType<typeof calls>;
  };
  return context.toolCalls ?? tools.map(({ name, inputSchema }) => ({ name, arguments: some(inputSchema) }));
}

function some(schema: Json | undefined): JsonObject {
  const properties = ((schema as JsonObject | undefined)?.['properties'] ?? {}) as Record<string, JsonObject>;
  return Object.fromEntries(
    Object.entries(properties).map(([name, { type }]) => [
      name,
      type === 'string' ? 'some' : type === 'boolean' ? true : type === 'integer' || type === 'number' ? 5 : {},
    ]),
  );
}

async function main(server: string): Promise<void> {
  const shown = await definitionsAt(server);
  const names = (list: { name: string }[]): string[] => list.map(({ name }) => name).sort();
  const resources = shown.resources.flatMap(({ uri }) => (typeof uri === 'string' ? [uri] : []));
  const world = new World({
    servers: {},
    agents: {
      bot: [
        grant('suite', names(shown.tools), {
          prompts: names(shown.prompts),
          resources,
          serverRequests: ['elicitation'],
        }),
      ],
    },
  });
  // Of one session's own: servers made with SDK 1.x ask on the session's stream, not on the call's.
  serveRemote(world.policy, 'suite', server, shown, 'session');
  const token = world.token('bot');
  await world.start();
  const make = shown.protocolVersion === MODERN_VERSION ? modernAgent : legacyAgent;
  const agent = await make(new URL('/server/suite/mcp', world.url), token);
  try {
    await agent.listTools();
    for (const call of calls(shown)) await agent.callTool(call);
    for (const uri of resources) await agent.readResource({ uri });
    for (const name of names(shown.prompts)) await agent.getPrompt({ name, arguments: {} });
  } finally {
    await agent.close();
    await world.stop();
  }
}

await main(process.argv.at(-1) ?? '');
process.exit(0);
