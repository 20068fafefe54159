/**
 * Prometheus metrics, counted where the audit is written: what is decided and what comes of it passes there anyway, so
 * nothing is counted twice and no request pays for more than a few additions. Labels come from the policy and from tables
 * of ours, never from what an agent or a server wrote. Names follow OpenMetrics and OpenTelemetry's conventions for MCP.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AuditObserver } from '../audit/append.js';

/** What is read when it is asked for. */
export interface Readings {
  sessions: () => number;
  underway: () => number;
  policy: () => number;
  spansLost: () => number;
  /** Server and generation → its state. */
  generations: () => Record<string, { state: string }>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Calls of which the outcome is still to come; more than this cannot be under way. */
const MOST = 10_000;

export class Metrics implements AuditObserver {
  readonly registry = new Registry();
  readonly #decisions: Counter<'decision' | 'reason' | 'server'>;
  readonly #durations: Histogram<'mcp_method_name' | 'server' | 'outcome'>;
  readonly #bytes: Counter<'server'>;
  readonly #audit: Counter<'type'>;
  readonly #unwritable: Gauge;
  readonly #calls = new Map<number, { method: string; server: string }>();

  constructor(readings: Readings) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#decisions = new Counter({
      name: 'toolcrib_decisions_total',
      help: 'Decisions, by what was decided and why.',
      labelNames: ['decision', 'reason', 'server'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'mcp_client_operation_duration_seconds',
      help: 'Time from the decision to the answer of a server.',
      labelNames: ['mcp_method_name', 'server', 'outcome'],
      buckets: SECONDS,
      registers,
    });
    this.#bytes = new Counter({
      name: 'toolcrib_result_bytes_total',
      help: 'Bytes of the results that servers gave.',
      labelNames: ['server'],
      registers,
    });
    this.#audit = new Counter({
      name: 'toolcrib_audit_lines_total',
      help: 'Lines given to the audit.',
      labelNames: ['type'],
      registers,
    });
    this.#unwritable = new Gauge({
      name: 'toolcrib_audit_unwritable',
      help: '1 while the audit cannot be written, and nothing is forwarded.',
      registers,
    });
    gauge('toolcrib_sessions', 'Sessions of agents.', readings.sessions, registers);
    gauge('toolcrib_calls_underway', 'Calls and streams under way.', readings.underway, registers);
    gauge(
      'toolcrib_spans_lost',
      'Spans that the collector did not take since the start.',
      readings.spansLost,
      registers,
    );
    gauge('toolcrib_policy_seq', 'Number of the policy in force; 0: none.', readings.policy, registers);
    const states = new Gauge({
      name: 'toolcrib_generation_state',
      help: '1 for the state that a generation of a server is in.',
      labelNames: ['generation', 'state'] as const,
      registers,
      collect(): void {
        this.reset();
        for (const [generation, { state }] of Object.entries(readings.generations()))
          this.set({ generation, state }, 1);
      },
    });
    states.reset();
  }

  decided: AuditObserver['decided'] = (seq, { decision, reason, server, method, count = 1 }) => {
    this.#decisions.inc({ decision, reason, server: server ?? '' }, count);
    this.#audit.inc({ type: 'decision' });
    if (decision === 'allow' && server !== null && this.#calls.size < MOST) this.#calls.set(seq, { method, server });
  };

  ended: AuditObserver['ended'] = ({ seq, outcome, milliseconds, bytes }) => {
    this.#audit.inc({ type: 'outcome' });
    const call = this.#calls.get(seq);
    if (!call) return;
    this.#calls.delete(seq);
    const { method, server } = call;
    this.#durations.observe({ mcp_method_name: method, server, outcome }, milliseconds / 1000);
    if (bytes > 0) this.#bytes.inc({ server }, bytes);
  };

  trouble(problem: string | null): void {
    this.#unwritable.set(problem === null ? 0 : 1);
  }
}

function gauge(name: string, help: string, read: () => number, registers: Registry[]): void {
  const made = new Gauge({
    name,
    help,
    registers,
    collect(): void {
      this.set(read());
    },
  });
  made.set(0);
}
