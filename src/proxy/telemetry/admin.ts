/** The admin listener: metrics, and nothing that could change anything. On the published network alone. */
import { createServer } from 'node:http';
import type { Registry } from 'prom-client';

export interface Admin {
  address: { host: string; port: number };
  close(): Promise<void>;
}

export async function listenAdmin(
  { host, port }: { host: string; port: number },
  registry: Registry,
  onError: (cause: unknown) => void,
): Promise<Admin> {
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 }, (request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(path === '/metrics' ? 405 : 404).end();
      return;
    }
    registry.metrics().then(
      (text) =>
        response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text),
      (cause: unknown) => {
        onError(cause);
        response.writeHead(500).end();
      },
    );
  });
  server.maxConnections = 16;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  server.on('error', onError);
  const bound = server.address();
  return {
    address: { host, port: typeof bound === 'object' && bound !== null ? bound.port : port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
