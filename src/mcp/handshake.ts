/**
 * The client's side of getting to know a server: `initialize`, then every list to its last page
 * (MCP specification 2025-11-25, Lifecycle and Pagination). The lock's probe and the proxy's gate both use it.
 */
import type { Definition, Envelope, JsonObject, ServerDefinitions } from '../model/definitions.js';
import type { Channel } from './channel.js';
import { Conversation } from './conversation.js';
import type { Deadlines } from './conversation.js';
import { serverRefused } from './refusals.js';
import { UPSTREAM_VERSIONS } from './versions.js';

export interface HandshakeOptions extends Deadlines {
  envelope: Envelope;
  clientInfo: { name: string; version: string };
}

const MAX_PAGES = 200;
const MAX_ITEMS = 2_000;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Leaves the channel's listeners to the caller when it is done.
 * @throws Failure `server_exited`, `server_timeout`, `server_bad_output`, `server_refused`.
 */
export async function handshake(channel: Channel, options: HandshakeOptions): Promise<ServerDefinitions> {
  const conversation = new Conversation(channel, options);
  try {
    return await greet(conversation, options);
  } finally {
    conversation.end();
  }
}

/** Every tool, to the last page: for a server that is initialized already. */
export async function listTools(channel: Channel, deadlines: Deadlines): Promise<Definition[]> {
  const conversation = new Conversation(channel, deadlines);
  try {
    return named(await list(conversation, 'tools/list', 'tools'), 'tools/list');
  } finally {
    conversation.end();
  }
}

async function greet(conversation: Conversation, options: HandshakeOptions): Promise<ServerDefinitions> {
  const { protocolVersion, capabilities } = options.envelope;
  const hello = await conversation.request('initialize', {
    protocolVersion,
    capabilities,
    clientInfo: options.clientInfo,
  });
  const agreed = hello.protocolVersion;
  if (typeof agreed !== 'string' || !UPSTREAM_VERSIONS.includes(agreed)) {
    throw serverRefused(`It speaks MCP version ${JSON.stringify(agreed)}; known are ${UPSTREAM_VERSIONS.join(', ')}.`);
  }
  conversation.notify('notifications/initialized');
  const offered = object(hello.capabilities);
  const when = (capability: string, method: string, key: string): Promise<JsonObject[]> =>
    offered[capability] === undefined ? Promise.resolve([]) : list(conversation, method, key);
  const tools = named(await when('tools', 'tools/list', 'tools'), 'tools/list');
  const prompts = named(await when('prompts', 'prompts/list', 'prompts'), 'prompts/list');
  const resources = await when('resources', 'resources/list', 'resources');
  const resourceTemplates = await when('resources', 'resources/templates/list', 'resourceTemplates');
  return {
    protocolVersion: agreed,
    serverInfo: object(hello.serverInfo),
    capabilities: offered,
    instructions: typeof hello.instructions === 'string' ? hello.instructions : null,
    tools,
    prompts,
    resources,
    resourceTemplates,
  };
}

async function list(conversation: Conversation, method: string, key: string): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  let bytes = 0;
  do {
    const page = await conversation.request(method, cursor === undefined ? {} : { cursor }, MISSING_METHOD_IS_EMPTY);
    const found = page[key] ?? [];
    if (!Array.isArray(found)) throw serverRefused(`Its answer to ${method} has no array "${key}".`);
    items.push(...found.map(object));
    bytes += JSON.stringify(found).length;
    cursor = typeof page.nextCursor === 'string' ? page.nextCursor : undefined;
    if (cursor !== undefined && cursors.has(cursor)) throw serverRefused(`Its ${method} goes round in circles.`);
    if (cursor !== undefined) cursors.add(cursor);
    if (items.length > MAX_ITEMS || bytes > MAX_BYTES || cursors.size > MAX_PAGES) {
      throw serverRefused(`Its ${method} has no end: more than ${MAX_ITEMS} entries, ${MAX_PAGES} pages or 8 MiB.`);
    }
  } while (cursor !== undefined);
  return items;
}

/** Servers declare `resources` and leave out the templates: the method missing is the same as nothing listed. */
const MISSING_METHOD_IS_EMPTY = true;

function named(items: JsonObject[], method: string): Definition[] {
  return items.map((item) => {
    if (typeof item.name !== 'string') throw serverRefused(`Its ${method} lists something without a name.`);
    return item as Definition;
  });
}

function object(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
