/**
 * One span a decision, as OpenTelemetry's conventions for MCP describe the server's side of a request; with what the
 * audit says of it, and nothing of arguments or results. Gathered and given to the exporter; a call never waits for it.
 */
import { randomBytes } from 'node:crypto';
import type { TraceContext } from '../../mcp/trace-context.js';
import type { OutcomeEntry } from '../../audit/append.js';

export type Attributes = Record<string, string | number>;

export interface Span {
  context: TraceContext;
  /** Of the span that this one is a child of; null: the first of its trace. */
  parent: string | null;
  name: string;
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  attributes: Attributes;
  failed: boolean;
}

/** Of a message (exchange.ts, Errand). */
export interface Traced {
  caller: { agent: string };
  asker: { version: string };
  endpoint: { path: string };
  trace: TraceContext | null;
}

/** What a span says of a request, whether it was decided in its favour or not. */
export interface About {
  method: string;
  /** The server's own name of the tool or prompt, or the URI. */
  tool?: string | null;
  server?: string | null;
  rule?: string;
}

export interface Spans {
  /** Whether new traces begin here: of every so many requests that belong to none. */
  sample: number;
  take(span: Span): void;
}

export class Tracer {
  constructor(
    private readonly spans: Spans,
    private readonly now: () => number,
  ) {}

  /** From here on the request's server is a child of ours. @returns null: this one is not recorded. */
  begin(errand: Traced, about: About): OpenSpan | null {
    const parent = errand.trace;
    const sampled = parent ? parent.sampled : Math.random() < this.spans.sample;
    if (!sampled) return null;
    const context = childOf(parent, true);
    errand.trace = context;
    return new OpenSpan(this.spans, this.now, {
      context,
      parent: parent?.spanId ?? null,
      name: nameOf(about),
      start: this.now(),
      end: 0,
      attributes: attributesOf(errand, about),
      failed: false,
    });
  }

  refused(errand: Traced, about: About & { reason: string }): void {
    this.begin(errand, about)?.refused(about.reason);
  }
}

export class OpenSpan {
  constructor(
    private readonly spans: Spans,
    private readonly now: () => number,
    private readonly span: Span,
  ) {}

  ended({ outcome, error }: Pick<OutcomeEntry, 'outcome' | 'error'>): void {
    this.span.attributes['toolcrib.decision'] = 'allow';
    this.#close(outcome === 'ok' ? null : outcome, error);
  }

  refused(reason: string): void {
    this.span.attributes['toolcrib.decision'] = 'deny';
    this.#close(reason, null);
  }

  #close(error: string | null, detail: string | null): void {
    const { span } = this;
    span.end = this.now();
    span.failed = error !== null;
    if (error !== null) span.attributes['error.type'] = error;
    if (detail !== null) span.attributes['toolcrib.error'] = detail;
    this.spans.take(span);
  }
}

/** `tools/call get_weather`: a URI would make a name of its own for every resource. */
function nameOf({ method, tool }: About): string {
  return tool && TARGETS[method] !== RESOURCE ? `${method} ${tool}` : method;
}

const RESOURCE = 'mcp.resource.uri';
const TARGETS: Readonly<Record<string, string>> = {
  'tools/call': 'gen_ai.tool.name',
  'prompts/get': 'gen_ai.prompt.name',
  'resources/read': RESOURCE,
  'resources/subscribe': RESOURCE,
  'resources/unsubscribe': RESOURCE,
};

/** Longest text that an agent can put into one of them. */
const LONGEST = 256;

function attributesOf({ caller, asker, endpoint }: Traced, { method, tool, server, rule }: About): Attributes {
  const target = TARGETS[method];
  return {
    'mcp.method.name': method,
    'mcp.protocol.version': asker.version,
    ...(method === 'tools/call' && { 'gen_ai.operation.name': 'execute_tool' }),
    ...(target !== undefined && tool && { [target]: tool.slice(0, LONGEST) }),
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'toolcrib.agent': caller.agent,
    'toolcrib.endpoint': endpoint.path,
    ...(server && { 'toolcrib.server': server }),
    ...(rule !== undefined && { 'toolcrib.rule': rule }),
  };
}

/** A span of ours: a child of `parent`, or the first of a trace of its own. */
export function childOf(parent: TraceContext | null, sampled: boolean): TraceContext {
  const random = randomBytes(parent ? 8 : 24).toString('hex');
  return {
    traceId: parent?.traceId ?? random.slice(16),
    spanId: random.slice(0, 16),
    sampled,
    state: parent?.state ?? null,
  };
}
