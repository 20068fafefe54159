/** Stands where the suite calls: passes every request on as it is, with the token that the suite knows nothing of. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Front {
  port: number;
  /** Where to, and with which token. */
  readonly to: { port: number; token: string };
  close(): Promise<void>;
}

export async function startFront(): Promise<Front> {
  const to = { port: 0, token: '' };
  const server: Server = createServer((req, res) => {
    const { method, url: path } = req;
    const headers = { ...req.headers, authorization: `Bearer ${to.token}` };
    const passed = request({ host: '127.0.0.1', port: to.port, method, path, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      res.flushHeaders();
      answer.pipe(res);
    });
    passed.on('error', () => res.destroy());
    res.on('close', () => passed.destroy());
    req.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    to,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
