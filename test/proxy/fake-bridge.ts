/** A bridge on a unix socket whose servers are functions, and which writes down every line that reaches them. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Definition, Json, JsonObject } from '../../src/model/definitions.js';

export interface Received {
  server: string;
  generation: number;
  /** Key of the instance, where one was asked for. */
  instance?: string;
  /** Whole line. */
  line: string;
  message: JsonObject;
}

export interface Run {
  tools: Definition[];
  reply: (id: Json, result: Json) => void;
  send: (raw: string | Buffer) => void;
  /** Resolves when there is room for more; false: nobody reads any longer. */
  flow: (raw: Buffer) => Promise<boolean>;
  exit: () => void;
  live: () => boolean;
}

/** Takes over a message; false leaves it to the usual answer. */
export type Behaviour = (message: JsonObject, run: Run) => boolean;

export interface FakeServer {
  tools: Definition[];
  behave?: Behaviour;
}

export class FakeBridge {
  readonly received: Received[] = [];
  readonly servers = new Map<string, FakeServer>();
  /** Live connections, by server. */
  readonly runs = new Map<string, Run>();
  opened = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, resolve));
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Names and arguments of the calls that arrived. */
  calls(): { server: string; name: unknown; arguments: unknown }[] {
    return this.received
      .filter(({ message }) => message['method'] === 'tools/call')
      .map(({ server, message }) => {
        const params = message['params'] as JsonObject;
        return { server, name: params['name'], arguments: params['arguments'] };
      });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    let pending = '';
    let open: ((line: string) => void) | null = null;
    socket.setEncoding('utf8'); // characters come in pieces too
    socket.on('data', (chunk: string) => {
      pending += chunk;
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 1);
        if (open) open(line);
        else open = this.#open(socket, line);
      }
    });
  }

  #open(socket: Socket, line: string): ((line: string) => void) | null {
    const { server, generation, instance } = JSON.parse(line) as Pick<Received, 'server' | 'generation' | 'instance'>;
    const fake = this.servers.get(`${server}@${generation}`) ?? this.servers.get(server);
    if (!fake) {
      socket.end(`${JSON.stringify({ ok: false, code: 'server_exited', error: 'It exited at once.' })}\n`);
      return null;
    }
    this.opened++;
    socket.write('{"ok":true}\n');
    const run: Run = {
      tools: fake.tools,
      send: (raw) => socket.write(raw),
      reply: (id, result) => run.send(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`),
      flow: (raw) =>
        new Promise((resolve) => {
          if (socket.destroyed) return resolve(false);
          socket.write(raw, (problem) => resolve(!problem));
        }),
      exit: () => socket.destroy(),
      live: () => !socket.closed,
    };
    this.runs.set(server, run);
    if (instance !== undefined) this.runs.set(`${server}/${instance}`, run);
    return (text) => {
      const message = JSON.parse(text) as JsonObject;
      this.received.push({ server, generation, ...(instance !== undefined && { instance }), line: text, message });
      if (!fake.behave?.(message, run)) usual(message, run);
    };
  }
}

function usual(message: JsonObject, run: Run): void {
  const id = message['id'];
  if (id === undefined) return;
  if (message['method'] === 'initialize') {
    const { protocolVersion } = message['params'] as JsonObject;
    const serverInfo = { name: 'fake', version: '1' };
    run.reply(id, { protocolVersion: protocolVersion ?? '', capabilities: { tools: {} }, serverInfo });
  } else if (message['method'] === 'tools/list') {
    run.reply(id, { tools: run.tools });
  } else if (message['method'] === 'tools/call') {
    const { name, arguments: args } = message['params'] as JsonObject;
    run.reply(id, { content: [{ type: 'text', text: `${name as string} ${JSON.stringify(args)}` }] });
  }
}
