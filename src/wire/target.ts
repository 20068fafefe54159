/** One server's HTTP address with the connections to it: bounded in number, never redirected, closed together. */
import { Pool } from 'undici';
import { Failure, problem } from '../diagnostics/failure.js';
import type { Sender } from './exchange.js';
import { guardedLookup, urlProblem, type Reach } from './guard.js';
import { PlainPool } from './plain-pool.js';

export interface TargetOptions {
  url: string;
  reach: Reach;
  /** What every request carries: credentials that the project gave, never an agent's. */
  headers?: Readonly<Record<string, string>>;
  /** Connections for requests; streams that stay open have their own beside them. */
  connections?: number;
  connectMilliseconds?: number;
  /** Certificates of a private authority, PEM. */
  ca?: string;
}

/** Streams of announcements, and the ends of sessions. */
const STREAM_CONNECTIONS = 4;
const HEADER_BYTES = 32 * 1024;

export class Target {
  readonly url: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For what is answered and over. */
  readonly calls: Sender;
  /** For what stays open, so that it takes no call's connection. */
  readonly streams: Pool;
  readonly #close: () => void;

  /** @throws Failure `remote_refused` where the URL may not be called. */
  constructor(options: TargetOptions) {
    this.url = parsed(options.url, options.reach);
    this.path = `${this.url.pathname}${this.url.search}`;
    this.headers = options.headers ?? {};
    const lookup = guardedLookup(options.reach, { plain: this.url.protocol === 'http:' });
    const shared = {
      pipelining: 1,
      maxHeaderSize: HEADER_BYTES,
      // Deadlines are the caller's, over all of a call; nothing here ends a slow one before its time.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: options.connectMilliseconds ?? 10_000,
        ...(lookup && { lookup }),
        ...(options.ca !== undefined && { ca: options.ca }),
      },
    };
    const connections = options.connections ?? 128;
    const calls =
      this.url.protocol === 'http:'
        ? new PlainPool({
            url: this.url,
            connections,
            connectMilliseconds: shared.connect.timeout,
            lookup: lookup ?? null,
          })
        : new Pool(this.url.origin, { ...shared, connections });
    this.calls = calls;
    this.#close = () => void calls.destroy();
    this.streams = new Pool(this.url.origin, { ...shared, connections: STREAM_CONNECTIONS });
  }

  close(): void {
    this.#close();
    void this.streams.destroy();
  }
}

function parsed(text: string, reach: Reach): URL {
  if (!URL.canParse(text)) throw refused(text, 'it is not a URL');
  const url = new URL(text);
  const flaw = urlProblem(url, reach);
  if (flaw !== null) throw refused(url.origin, flaw);
  return url;
}

const FIX =
  'Give an https URL that leads to a public address; or, for a server of your own network, name its block: `private_addresses: [10.20.0.0/16]`. Link-local and metadata addresses are never called.';

function refused(what: string, why: string): Failure {
  return new Failure([problem('remote_refused', `${what} is not called: ${why}.`, FIX)]);
}
