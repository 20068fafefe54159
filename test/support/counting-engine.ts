/**
 * A counting engine in front of the real one: a unix socket that passes every request on and reports it.
 * With `after`, a test learns that the engine has carried a call out before the client hears of it,
 * and may kill the client there; with `before`, it may do something to the engine first.
 */
import http from 'node:http';
import net from 'node:net';
import { rm } from 'node:fs/promises';

export interface EngineCall {
  /** Counts from 1 over calls that write. */
  write: number;
  method: string;
  path: string;
}

export interface CountingEngine {
  host: string;
  calls: EngineCall[];
  close(): Promise<void>;
}

export async function countingEngine(
  socket: string,
  realHost: string,
  after: (call: EngineCall) => void = () => undefined,
  before: ((call: EngineCall) => Promise<void>) | null = null,
): Promise<CountingEngine> {
  const real = realHost.replace(/^unix:\/\//, '');
  const calls: EngineCall[] = [];
  let writes = 0;
  const record = (request: http.IncomingMessage): EngineCall => {
    const method = request.method ?? 'GET';
    const isWrite = method !== 'GET' && method !== 'HEAD';
    if (isWrite) writes += 1;
    const call = { write: isWrite ? writes : 0, method, path: (request.url ?? '').replace(/^\/v[\d.]+/, '') };
    calls.push(call);
    return call;
  };
  const server = http.createServer((request, response) => {
    const call = record(request);
    const { method, url, headers } = request;
    const forward = http.request({ socketPath: real, method, path: url, headers }, (answer) => {
      after(call);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forward.on('error', () => response.destroy());
    // A client that is gone is gone for the engine too: it ends a build whose caller hung up.
    response.on('close', () => forward.destroy());
    request.on('error', () => undefined);
    if (before) void before(call).then(() => request.pipe(forward));
    else request.pipe(forward);
  });
  server.on('upgrade', (request, client: net.Socket, head) => {
    const call = record(request);
    const upstream = net.connect(real, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      }
      upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      after(call);
      client.pipe(upstream);
      upstream.pipe(client);
    });
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
  });
  await rm(socket, { force: true });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    host: `unix://${socket}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(socket, { force: true });
    },
  };
}
