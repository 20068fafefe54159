/**
 * The client's side of getting to know a server: `initialize` (MCP specification 2025-11-25, Lifecycle) or
 * `server/discover` (2026-07-28, Versioning), then every list to its last page. The lock's probe and the proxy's gate
 * both use it.
 */
import {
  isObject,
  type Definition,
  type Envelope,
  type JsonObject,
  type ServerDefinitions,
} from '../model/definitions.js';
import type { Channel } from './channel.js';
import { Conversation } from './conversation.js';
import type { Deadlines } from './conversation.js';
import { serverRefused } from './refusals.js';
import { quote } from './values.js';
import { MODERN_VERSION, UPSTREAM_VERSIONS } from './versions.js';
import type { Era } from './wire.js';

export interface HandshakeOptions extends Deadlines {
  envelope: Envelope;
  clientInfo: { name: string; version: string };
  /** How to greet it; `legacy` unless said. */
  era?: Era;
}

const MAX_PAGES = 200;
const MAX_ITEMS = 2_000;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Leaves the channel's listeners to the caller when it is done.
 * @throws Failure `server_exited`, `server_timeout`, `server_bad_output`, `server_refused`.
 */
export async function handshake(channel: Channel, options: HandshakeOptions): Promise<ServerDefinitions> {
  const modern = options.era === 'modern';
  const conversation = new Conversation(channel, options.timers, modern ? envelopeMeta(options) : null);
  try {
    return await (modern ? discover(conversation, options) : greet(conversation, options));
  } finally {
    conversation.end();
  }
}

/** What every request to a modern server carries (MCP specification 2026-07-28, Overview, `_meta`). */
export function envelopeMeta({ envelope, clientInfo }: Pick<HandshakeOptions, 'envelope' | 'clientInfo'>): JsonObject {
  return {
    'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': envelope.capabilities,
  };
}

/** Every tool and prompt, to the last page: for a server that is known already, with these capabilities. */
export async function listAgain(
  channel: Channel,
  options: HandshakeOptions,
  capabilities: JsonObject,
): Promise<Pick<ServerDefinitions, 'tools' | 'prompts'>> {
  const { listMs, timers } = options;
  const conversation = new Conversation(channel, timers, options.era === 'modern' ? envelopeMeta(options) : null);
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
  return {
    protocolVersion: agreed,
    serverInfo: object(hello.serverInfo),
    ...(await everything(conversation, options, hello)),
  };
}

async function discover(conversation: Conversation, options: HandshakeOptions): Promise<ServerDefinitions> {
  conversation.within(options.initializeMs);
  const hello = await conversation.request('server/discover', {});
  const { supportedVersions } = hello;
  if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSION)) {
    const said = supportedVersions === undefined ? 'no version' : quote(JSON.stringify(supportedVersions));
    throw serverRefused(`It answered server/discover with ${said} of MCP; known is ${MODERN_VERSION}.`);
  }
  return {
    protocolVersion: MODERN_VERSION,
    serverInfo: object(object(hello._meta)['io.modelcontextprotocol/serverInfo'] ?? hello.serverInfo),
    ...(await everything(conversation, options, hello)),
  };
}

type Everything = Omit<ServerDefinitions, 'protocolVersion' | 'serverInfo'>;

/** What a server offers, by its own word and then by its lists. */
async function everything(
  conversation: Conversation,
  options: HandshakeOptions,
  hello: JsonObject,
): Promise<Everything> {
  conversation.within(options.listMs);
  const offered = object(hello.capabilities);
  const lists = new Lists(conversation, sizeOf(hello));
  const when = (capability: string, method: string, key: string): Promise<JsonObject[]> =>
    offered[capability] === undefined ? Promise.resolve([]) : lists.read(method, key);
  return {
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
