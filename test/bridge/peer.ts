/** The proxy's end of a bridge connection, as tests hold it. */
import net from 'node:net';

export interface Peer {
  socket: net.Socket;
  /** The next line, without its newline; null at the end of the connection. */
  line(): Promise<string | null>;
  /** Everything until the connection ends. */
  rest(): Promise<string>;
  send(data: string | Buffer): void;
  close(): void;
}

export function connect(path: string): Peer {
  const socket = net.connect(path);
  socket.on('error', () => undefined);
  const lines: string[] = [];
  let held = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let ended = false;
  let wake: (() => void) | null = null;
  const woken = (): void => wake?.();
  socket.on('data', (chunk: Buffer) => {
    parts.push(chunk);
    if (!chunk.includes(0x0a)) return;
    held = Buffer.concat(parts);
    for (let end = held.indexOf(0x0a); end >= 0; end = held.indexOf(0x0a)) {
      lines.push(held.subarray(0, end).toString('utf8'));
      held = held.subarray(end + 1);
    }
    parts = [held];
    woken();
  });
  socket.on('close', () => {
    ended = true;
    woken();
  });
  const line = async (): Promise<string | null> => {
    while (lines.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
    return lines.shift() ?? null;
  };
  const rest = async (): Promise<string> => {
    while (!ended) await new Promise<void>((resolve) => (wake = resolve));
    return [...lines.splice(0), Buffer.concat(parts).toString('utf8')].join('\n');
  };
  return { socket, line, rest, send: (data) => void socket.write(data), close: () => socket.destroy() };
}

/** Connects, asks, and gives the answer. */
export async function ask(path: string, request: object): Promise<{ peer: Peer; answer: unknown }> {
  const peer = connect(path);
  peer.send(`${JSON.stringify(request)}\n`);
  const answer = await peer.line();
  return { peer, answer: answer === null ? null : (JSON.parse(answer) as unknown) };
}

export const open = (path: string, server = 'files', generation = 1, instance?: string): ReturnType<typeof ask> =>
  ask(path, { op: 'open', server, generation, ...(instance && { instance }) });
