/** A collector of traces: OTLP over HTTP in JSON, with TLS or without. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTls, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/model/definitions.js';
import type { Made } from './certificates.js';

/** Keeps what it is sent, or answers with another status. */
export class Collector {
  readonly bodies: JsonObject[] = [];
  /** null: it takes what it is sent and never answers. */
  status: number | null = 200;
  /** Addresses that have connected. */
  readonly peers = new Set<string>();
  /** Requests. */
  asked = 0;
  readonly #server: Server;

  /** @param tls left out: without. */
  constructor(tls?: Made) {
    this.#server = tls ? createTls(tls, this.#take) : createServer(this.#take);
  }

  readonly #take = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    this.asked++;
    this.peers.add(request.socket.remoteAddress ?? '');
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces' && this.status === 200)
        this.bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as JsonObject);
      if (this.status !== null) response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
    });
  };

  /** @returns its URL. */
  listen(host = '127.0.0.1'): Promise<string> {
    return new Promise((resolve) =>
      this.#server.listen(0, host, () =>
        resolve(
          `${this.#server instanceof TlsServer ? 'https' : 'http'}://${host}:${(this.#server.address() as AddressInfo).port}`,
        ),
      ),
    );
  }
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
  /** Name → span, its attributes as an object. */
  spans(): (JsonObject & { attributes: Record<string, string> })[] {
    interface Sent {
      resourceSpans: {
        scopeSpans: { spans: (JsonObject & { attributes: { key: string; value: { stringValue: string } }[] })[] }[];
      }[];
    }
    return (this.bodies as unknown as Sent[])
      .flatMap(({ resourceSpans }) => resourceSpans.flatMap((each) => each.scopeSpans.flatMap(({ spans }) => spans)))
      .map((span) => ({
        ...span,
        attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, value.stringValue])),
      }));
  }
}
