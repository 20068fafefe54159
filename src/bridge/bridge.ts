/** The bridge: the one role that may speak to the engine, and the little that it does for the proxy. */
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { Client } from './client.js';
import { EndedForGood } from './ended-for-good.js';
import { listen } from './listen.js';
import { reapInstances } from './instance.js';
import type { Answer, Refusal, RefusalCode, Target } from './protocol.js';
import { parseRequest } from './protocol.js';
import { Server } from './server.js';
import type { Surroundings } from './surroundings.js';
import { Turns } from './turns.js';

export interface BridgeOptions extends Surroundings {
  /** `/run/toolcrib/bridge.sock`. */
  socketPath: string;
  /** Group that may connect: the proxy's. null: leave it. */
  socketGroup: number | null;
}

export interface Bridge {
  /** Closes every connection, stops every server it started, and removes the socket. */
  close(): Promise<void>;
}

/** More than the largest project that is measured (500); each costs some 100 KiB here. */
export const MAX_OPEN = 1024;
/** An engine gains nothing from more at once; of 200, the last ones' time would be over before the engine came to them. */
const STARTS = 8;

/** @throws when the socket cannot be made; afterwards nothing that one server does ends the bridge. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const ended = new EndedForGood(join(dirname(options.socketPath), 'ended'));
  const around = { ...options, ended, starts: new Turns(STARTS) };
  const servers = new Map<string, Server>();
  const sockets = new Set<Socket>();
  let open = 0;
  let closing = false;

  const siblingsOf = (target: Target): number =>
    [...servers.values()].filter(
      (each) =>
        each.wanted &&
        each.target.server === target.server &&
        each.target.generation === target.generation &&
        each.target.instance !== target.instance,
    ).length;

  const serverOf = ({ server: name, generation, instance }: Target): Server => {
    const target = { server: name, generation, instance };
    const key = keyOf(target);
    const known = servers.get(key);
    if (known) return known;
    for (const [old, each] of servers) if (each.target.instance !== null && each.forgettable) servers.delete(old);
    const server = new Server(around, target, () => siblingsOf(target));
    servers.set(key, server);
    return server;
  };

  /** Resolves when the connection's life is over. */
  const carry = async (client: Client, target: Target): Promise<void> => {
    open += 1;
    const server = serverOf(target);
    await server.open(client);
    open -= 1;
    if (server.forgettable && servers.get(keyOf(target)) === server) servers.delete(keyOf(target));
  };

  /** The answer to end with; null when the connection became a server's, and ended with it. */
  const serve = async (client: Client): Promise<Answer | null> => {
    const first = await client.firstLine();
    const request = 'problem' in first ? first.problem : parseRequest(first.line);
    if (typeof request === 'string') {
      event('refused', request);
      return refusal('bad_request', request);
    }
    if (request.op === 'list') return { ok: true, servers: [...servers.values()].map((each) => each.report()) };
    if (request.op === 'close') {
      await servers.get(keyOf(request))?.end('closed');
      return { ok: true };
    }
    if (closing) return refusal('shutting_down', 'the bridge is stopping');
    if (open >= MAX_OPEN) return refusal('too_many', `${MAX_OPEN} servers are open`);
    await carry(client, request);
    return null;
  };

  const event = (name: string, detail: string): void =>
    options.log({ time: options.now().toISOString(), server: null, generation: null, event: name, detail });

  await reapInstances(options, (detail) => event('reaped', detail)).catch((error: unknown) =>
    event('reap_failed', String(error)),
  );
  const listening = await listen(options.socketPath, options.socketGroup, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const client = new Client(socket, options.timers);
    serve(client).then(
      (answer) => {
        if (answer) client.end(answer);
      },
      (error: unknown) => {
        event('failed', String(error));
        socket.destroy();
      },
    );
  });
  event('listening', options.socketPath);

  return {
    async close() {
      closing = true;
      await listening.stop();
      await Promise.all([...servers.values()].map((server) => server.end('shutting_down')));
      for (const socket of sockets) socket.destroy();
      event('closed', 'no server is left running');
    },
  };
}

function keyOf({ server, generation, instance }: Target): string {
  return `${server}@${generation}@${instance ?? ''}`;
}

function refusal(code: RefusalCode, error: string): Refusal {
  return { ok: false, code, error };
}
