/**
 * The client's side of getting to know a server: `initialize`, then every list to its last page
 * (MCP specification 2025-11-25, Lifecycle and Pagination). The lock's probe and the proxy's gate both use it.
 */
import type { Definition, Envelope, JsonObject, ServerDefinitions } from '../model/definitions.js';
import type { Channel } from './channel.js';
import { Conversation } from './conversation.js';
import type { Deadlines } from './conversation.js';
import { serverRefused } from './refusals.js';
import { isObject, quote } from './values.js';
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
  const conversation = new Conversation(channel, options.timers);
  try {
    return await greet(conversation, options);
  } finally {
    conversation.end();
  }
}

/** Every tool and prompt, to the last page: for a server that is initialized already, with these capabilities. */
export async function listAgain(
  channel: Channel,
  { listMs, timers }: Pick<Deadlines, 'listMs' | 'timers'>,
  capabilities: JsonObject,
): Promise<Pick<ServerDefinitions, 'tools' | 'prompts'>> {
  const conversation = new Conversation(channel, timers);
  conversation.within(listMs);
  try {
    const lists = new Lists(conversation);
    const read = async (kind: 'tools' | 'prompts'): Promise<Definition[]> =>
      capabilities[kind] === undefined ? [] : named(await lists.read(`${kind}/list`, kind), `${kind}/list`);
    return { tools: await read('tools'), prompts: await read('prompts') };
  } finally {
    conversation.end();
  }
}

async function greet(conversation: Conversation, options: HandshakeOptions): Promise<ServerDefinitions> {
  conversation.within(options.initializeMs);
  const { protocolVersion, capabilities } = options.envelope;
  const hello = await conversation.request('initialize', {
    protocolVersion,
    capabilities,
    clientInfo: options.clientInfo,
  });
  const agreed = hello.protocolVersion;
  if (typeof agreed !== 'string' || !UPSTREAM_VERSIONS.includes(agreed)) {
    const said = agreed === undefined ? 'no version' : quote(JSON.stringify(agreed));
    throw serverRefused(`It answered initialize with ${said} of MCP; known are ${UPSTREAM_VERSIONS.join(', ')}.`);
  }
  conversation.notify('notifications/initialized');
  conversation.within(options.listMs);
  const offered = object(hello.capabilities);
  const lists = new Lists(conversation, sizeOf(hello));
  const when = (capability: string, method: string, key: string): Promise<JsonObject[]> =>
    offered[capability] === undefined ? Promise.resolve([]) : lists.read(method, key);
  return {
    protocolVersion: agreed,
    serverInfo: object(hello.serverInfo),
    capabilities: offered,
    instructions: typeof hello.instructions === 'string' ? hello.instructions : null,
    tools: named(await when('tools', 'tools/list', 'tools'), 'tools/list'),
    prompts: named(await when('prompts', 'prompts/list', 'prompts'), 'prompts/list'),
    resources: await when('resources', 'resources/list', 'resources'),
    resourceTemplates: await when('resources', 'resources/templates/list', 'resourceTemplates'),
  };
}

/** The lists of one server, which share one bound: definitions are kept, shown and served whole. */
class Lists {
  constructor(
    private readonly conversation: Conversation,
    private bytes = 0,
  ) {}

  async read(method: string, key: string): Promise<JsonObject[]> {
    const items: JsonObject[] = [];
    const cursors = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await this.conversation.request(method, cursor === undefined ? {} : { cursor }, missing(method));
      const found = page[key] ?? [];
      if (!Array.isArray(found) || !found.every(isObject)) {
        throw serverRefused(`Its answer to ${method} has no array "${key}" of objects.`);
      }
      items.push(...found);
      this.bytes += sizeOf(found);
      cursor = typeof page.nextCursor === 'string' ? page.nextCursor : undefined;
      if (cursor !== undefined && cursors.has(cursor)) throw serverRefused(`Its ${method} goes round in circles.`);
      if (cursor !== undefined) cursors.add(cursor);
      this.refuseEndless(method, items.length, cursors.size);
    } while (cursor !== undefined);
    return items;
  }

  private refuseEndless(method: string, items: number, pages: number): void {
    if (this.bytes > MAX_BYTES) throw serverRefused(`Its definitions, up to ${method}, are larger than 8 MiB in all.`);
    if (items <= MAX_ITEMS && pages <= MAX_PAGES) return;
    throw serverRefused(`Its ${method} has more than ${MAX_ITEMS} entries or ${MAX_PAGES} pages.`);
  }
}

/** Servers declare `resources` and leave out the templates: there, the method missing is the same as nothing listed. */
function missing(method: string): 'is-empty' | 'is-refused' {
  return method === 'tools/list' ? 'is-refused' : 'is-empty';
}

function named(items: JsonObject[], method: string): Definition[] {
  return items.map((item) => {
    if (typeof item.name !== 'string') throw serverRefused(`Its ${method} lists something without a name.`);
    return item as Definition;
  });
}

function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
