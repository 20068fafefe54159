/** A proxy under fire: its servers write down what comes, its audit is counted as it is written, and anything odd is an end. */
import { writeSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Client } from 'undici';
import type { JsonObject } from '../../src/model/definitions.js';
import { serveRemote } from '../proxy/remote.js';
import { definitionsOf, grant, tool, until, World } from '../proxy/world.js';
import { serve, type Peer } from '../wire/peers.js';
import { sessionServer, sseServer, type OldServer } from './old-servers.js';
import { GRANTS, objection } from './reference.js';

/** In definitions of what nobody may see. */
export const CANARY = 'canary-7f3a';

const AS_TASK = { execution: { taskSupport: 'optional' } };
const WITH_TASKS = { tools: {}, tasks: { cancel: {}, requests: { tools: { call: {} } } } };

export class House {
  readonly world: World;
  readonly token: string;
  readonly #eve: string;
  /** Session of each older version. */
  sessions: Record<string, Record<string, string>> = {};
  client!: Client;
  /** Decision lines written, and how many of them let a call through. */
  decisions = 0;
  allowed = 0;
  outcomes = 0;
  /** How the servers answer a call of `say`: with bytes, as often as they like. */
  liar: (id: number, write: (bytes: Buffer) => void) => void = () => undefined;
  web: (id: number, res: ServerResponse) => void = () => undefined;
  /** The same of those whose one stream lasts. */
  old: (id: number, write: (bytes: Buffer) => void, answer: (text: string) => void) => void = () => undefined;
  /** Another agent, and a session of its. */
  stranger: Record<string, string> = {};
  /** Another session of the same agent as `sessions`. */
  second: Record<string, string> = {};
  readonly servers: Record<'sse' | 'aside', OldServer | null> = { sse: null, aside: null };
  #web: Peer | null = null;
  /** Why something that came to a server may not have come. */
  readonly objections: string[] = [];
  arrived = 0;

  constructor() {
    const properties = { path: {}, n: {}, mode: {}, owner: {} };
    this.world = new World({
      servers: {
        files: ['read', 'list', 'write', 'delete'].map((name) => tool(name, properties, AS_TASK)),
        vault: [tool('open', {}, { description: CANARY })],
        liar: [tool('say')],
      },
      agents: { bot: GRANTS, eve: [grant('files', ['list'])] },
    });
    // Calls may ask for tasks; this server never makes one.
    for (const definitions of Object.values(this.world.policy.definitions))
      if (definitions.tools.some(({ name }) => name === 'list')) definitions.capabilities = WITH_TASKS;
    this.#eve = this.world.token('eve');
    this.token = this.world.token('bot');
  }

  async start(): Promise<void> {
    const { world } = this;
    const liar = world.bridge.servers.get('liar');
    if (liar) {
      liar.behave = (message, run) => {
        if (message['method'] !== 'tools/call') return false;
        this.liar(Number(message['id']), run.send);
        return true;
      };
    }
    this.#web = await this.#serveWeb();
    const definitions = { ...definitionsOf([tool('say')]), protocolVersion: '2026-07-28' };
    serveRemote(world.policy, 'web', this.#web.url, definitions);
    for (const [name, make] of [['sse', sseServer] as const, ['aside', sessionServer] as const]) {
      const server = await make({
        came: (message) => this.#came(name, message),
        called: (id, answer) => this.old(id, (bytes) => this.servers[name]?.write(bytes), answer),
      });
      this.servers[name] = server;
      const protocolVersion = name === 'sse' ? '2024-11-05' : '2025-06-18';
      serveRemote(world.policy, name, server.peer.url, { ...definitionsOf([tool('say')]), protocolVersion });
    }
    await world.start({
      auditWrite: (fd, bytes) => {
        this.#count(bytes);
        return writeSync(fd, bytes);
      },
    });
    for (const name of ['web', 'sse', 'aside'])
      await until(() => world.ack()?.generations[`${name}@1`]?.state === 'ready');
    await until(() => this.servers.aside?.heard() === true);
    for (const version of ['2025-03-26', '2025-11-25'])
      this.sessions[version] = await world.session(this.token, '/mcp', version);
    this.second = await world.session(this.token);
    this.stranger = await world.session(this.#eve);
    this.client = new Client(world.url, { pipelining: 1 });
  }

  /** Looks at all that has come to servers since the last time. */
  inspect(): void {
    const { received } = this.world.bridge;
    for (const { server, line, message } of received) {
      const why = objection(server, line);
      if (why !== null) this.objections.push(`${server} got ${line}: ${why}`);
      if (message['method'] === 'tools/call') this.arrived++;
    }
    received.length = 0;
    this.world.log.length = 0;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.world.stop();
    await this.#web?.close();
    for (const server of Object.values(this.servers)) await server?.peer.close();
  }

  #came(server: string, message: JsonObject): void {
    const line = JSON.stringify(message);
    const why = objection(server, line);
    if (why !== null) this.objections.push(`${server} got ${line}: ${why}`);
    if (message['method'] === 'tools/call') this.arrived++;
  }

  #count(bytes: Uint8Array): void {
    for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
      if (line === '') continue;
      const { type, agent, decision, method } = JSON.parse(line) as Record<string, string | null>;
      if (type === 'outcome') this.outcomes++;
      // Of strangers only some have a line each, and the rest one in a while.
      if (type !== 'decision' || agent === null) continue;
      this.decisions++;
      if (decision === 'allow' && method === 'tools/call') this.allowed++;
    }
  }

  /** Modern, and by hand. */
  #serveWeb(): Promise<Peer> {
    const results: Record<string, object> = {
      'server/discover': { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } },
      'tools/list': { tools: [tool('say')] },
    };
    return serve(
      (_req, res, body) => {
        const message = body as JsonObject & { id: number; method: string };
        const why = message.method in results ? null : objection('web', JSON.stringify(message));
        if (why !== null) this.objections.push(`web got ${JSON.stringify(message)}: ${why}`);
        if (message.method === 'tools/call') {
          this.arrived++;
          this.web(message.id, res);
        } else {
          const result = { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...results[message.method] };
          const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, result });
          res.writeHead(200, { 'content-type': 'application/json' }).end(answer);
        }
        return Promise.resolve();
      },
      { announce: () => undefined, forget: () => undefined },
    );
  }
}
