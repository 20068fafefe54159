/**
 * Spans to a collector by OTLP over HTTP, in JSON: gathered for a moment, bounded, one request at a time. What the
 * collector does not take is dropped and counted; nothing waits, and nothing is asked for twice.
 */
import { request as overHttp, type ClientRequest } from 'node:http';
import { request as overTls } from 'node:https';
import type { Attributes, Span, Spans } from './spans.js';

export interface Telemetry {
  /** Of the collector, without the path of a signal: `https://otel.example.com:4318`. */
  endpoint: string;
  /** Share of the requests without a trace of their own that begin one, 0 to 1. */
  sample: number;
  /** Certificates of a private authority, PEM: no other counts. */
  ca?: string;
}

export interface ExporterOptions extends Telemetry {
  project: string;
  version: string;
  boot: string;
  /** Told when spans begin to be lost, and when they arrive again; counts all that were lost. */
  onTrouble: (problem: string | null, dropped: number) => void;
}

const MOST_WAITING = 2048;
const MOST_AT_ONCE = 512;
const GATHER_MS = 1_000;
const DEADLINE_MS = 10_000;
/** A collector says little; more is not read. */
const LONGEST_ANSWER = 64 * 1024;
/** At the end, what is left gets so long. */
const FAREWELL_MS = 2_000;

export class Exporter implements Spans {
  readonly sample: number;
  dropped = 0;
  readonly #url: URL;
  readonly #head: string;
  #waiting: Span[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sending: ClientRequest | null = null;
  #troubled = false;
  #idle: (() => void)[] = [];

  constructor(private readonly options: ExporterOptions) {
    this.sample = options.sample;
    this.#url = new URL(`${options.endpoint.replace(/\/+$/, '')}/v1/traces`);
    const { project, version, boot } = options;
    const resource = {
      'service.name': 'toolcrib',
      'service.namespace': project,
      'service.version': version,
      'service.instance.id': boot,
    };
    this.#head = `{"resourceSpans":[{"resource":{"attributes":${JSON.stringify(listed(resource))}},"scopeSpans":[{"scope":{"name":"toolcrib","version":${JSON.stringify(version)}},"spans":[`;
  }

  take(span: Span): void {
    if (this.#waiting.length >= MOST_WAITING) return this.#lost(1, 'more spans than the collector takes');
    this.#waiting.push(span);
    if (this.#waiting.length >= MOST_AT_ONCE) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), GATHER_MS).unref();
  }

  /** What waits is sent, if the collector is quick about it. */
  async close(): Promise<void> {
    this.#send();
    if (!this.#sending && this.#waiting.length === 0) return;
    const late = setTimeout(() => {
      const unsent = this.#waiting.splice(0).length;
      if (unsent > 0) this.#lost(unsent, 'the proxy ends');
      this.#sending?.destroy(new Error('the proxy ends'));
    }, FAREWELL_MS);
    await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearTimeout(late);
  }

  #send(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#sending || this.#waiting.length === 0) return;
    const spans = this.#waiting.splice(0, MOST_AT_ONCE);
    const body = `${this.#head}${spans.map((span) => JSON.stringify(encoded(span))).join(',')}]}]}]}`;
    let over = false;
    const done = (problem: string | null): void => {
      if (over) return;
      over = true;
      this.#sending = null;
      if (problem !== null) this.#lost(spans.length, problem);
      else if (this.#troubled) this.#trouble(null);
      if (this.#waiting.length > 0)
        this.#timer ??= setTimeout(() => this.#send(), problem === null ? 0 : GATHER_MS).unref();
      else for (const tell of this.#idle.splice(0)) tell();
    };
    const send = this.#url.protocol === 'https:' ? overTls : overHttp;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const { ca } = this.options;
    const asked = send(this.#url, { method: 'POST', headers, timeout: DEADLINE_MS, ...(ca && { ca }) }, (answer) => {
      const status = answer.statusCode ?? 0;
      let read = 0;
      answer.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > LONGEST_ANSWER) asked.destroy(new Error('its answer does not end'));
      });
      answer.on('end', () => done(status >= 200 && status < 300 ? null : `it answered ${status}`));
      answer.on('error', (cause) => done(cause.message));
    });
    this.#sending = asked;
    const late = setTimeout(() => asked.destroy(new Error('no answer in time')), DEADLINE_MS);
    asked.on('error', (cause) => done(cause.message));
    asked.on('close', () => {
      clearTimeout(late);
      done('the connection ended');
    });
    asked.end(body);
  }

  #lost(spans: number, problem: string): void {
    this.dropped += spans;
    if (!this.#troubled) this.#trouble(problem);
  }

  #trouble(problem: string | null): void {
    this.#troubled = problem !== null;
    this.options.onTrouble(problem, this.dropped);
  }
}

/** OTLP 1.x, `Span`: ids in hex, times as text, because they need more than a double holds. */
function encoded({ context, parent, name, start, end, attributes, failed }: Span): object {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(context.state !== null && { traceState: context.state }),
    ...(parent !== null && { parentSpanId: parent }),
    flags: context.sampled ? 1 : 0,
    name,
    kind: 2,
    startTimeUnixNano: nanoseconds(start),
    endTimeUnixNano: nanoseconds(end),
    attributes: listed(attributes),
    status: failed ? { code: 2 } : {},
  };
}

function nanoseconds(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  return `${whole}${String(Math.floor((milliseconds - whole) * 1e6)).padStart(6, '0')}`;
}

function listed(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}
