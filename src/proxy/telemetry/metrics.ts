/**
 * Prometheus metrics, counted where the audit is written: what is decided and what comes of it passes there anyway, so
 * nothing is counted twice and no request pays for more than a few additions. Labels come from the policy and from tables
 * of ours, never from what an agent or a server wrote. Names follow OpenMetrics and OpenTelemetry's conventions for MCP.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { AuditObserver } from '../../audit/append.js';
import { Durations, histogram, newCount, Tally, tallied } from './tally.js';

/** What is read when it is asked for. */
export interface Readings {
  sessions: () => number;
  underway: () => number;
  policy: () => number;
  spansLost: () => number;
  /** Server and generation → its state. */
  generations: () => Record<string, { state: string }>;
  /** Left out: not told. */
  itself?: () => ProcessItself;
}

export interface ProcessItself {
  residentBytes: number;
  cpuSeconds: number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class Metrics implements AuditObserver {
  readonly registry = new Registry();
  readonly #decisions = new Tally(newCount);
  readonly #durations = new Tally(() => new Durations(SECONDS));
  readonly #bytes = new Tally(newCount);
  readonly #lines = { decision: 0, outcome: 0 };
  readonly #unwritable: Gauge;

  /** @param watched somebody scrapes them: then the event loop is watched as well, which costs timers. */
  constructor(
    private readonly readings: Readings,
    watched: boolean,
  ) {
    const registers = [this.registry];
    if (watched) collectDefaultMetrics({ register: this.registry });
    else if (readings.itself) processItself(registers, readings.itself);
    const [decisions, durations, bytes, lines] = [this.#decisions, this.#durations, this.#bytes, this.#lines];
    new Counter({
      name: 'toolcrib_decisions_total',
      help: 'Decisions, by what was decided and why.',
      labelNames: ['decision', 'reason', 'server'] as const,
      registers,
      collect(): void {
        tallied(this, decisions, (decision, reason, server) => ({ decision, reason, server }));
      },
    });
    const name = 'mcp_client_operation_duration_seconds';
    const help = 'Time from the decision to the answer of a server.';
    this.registry.registerMetric(
      histogram({ name, help }, durations, (method, server, outcome) => ({ mcp_method_name: method, server, outcome })),
    );
    new Counter({
      name: 'toolcrib_result_bytes_total',
      help: 'Bytes of the results that servers gave.',
      labelNames: ['server'] as const,
      registers,
      collect(): void {
        tallied(this, bytes, (server) => ({ server }));
      },
    });
    new Counter({
      name: 'toolcrib_audit_lines_total',
      help: 'Lines given to the audit.',
      labelNames: ['type'] as const,
      registers,
      collect(): void {
        this.reset();
        for (const [type, count] of Object.entries(lines)) this.inc({ type }, count);
      },
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

  /** Changes with whatever is worth writing anew. */
  state(): string {
    const { sessions, underway, policy, spansLost, generations } = this.readings;
    const { decision, outcome } = this.#lines;
    const states = Object.entries(generations()).map(([generation, { state }]) => `${generation} ${state}`);
    return JSON.stringify([decision, outcome, sessions(), underway(), policy(), spansLost(), states]);
  }

  decided: AuditObserver['decided'] = ({ decision, reason, server, count = 1 }) => {
    this.#decisions.at(decision, reason, server ?? '').value += count;
    this.#lines.decision++;
  };

  ended: AuditObserver['ended'] = ({ method, server, outcome, milliseconds, bytes }) => {
    this.#lines.outcome++;
    this.#durations.at(method, server, outcome).observe(milliseconds / 1000);
    this.#bytes.at(server, '', '').value += bytes;
  };

  trouble(problem: string | null): void {
    this.#unwritable.set(problem === null ? 0 : 1);
  }
}

/** What costs nothing to tell, under the names that Prometheus has for it. */
function processItself(registers: Registry[], itself: () => ProcessItself): void {
  const begun = performance.timeOrigin / 1000;
  gauge('process_start_time_seconds', 'When the proxy started, since the epoch.', () => begun, registers);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => itself().residentBytes, registers);
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the proxy.',
    registers,
    collect(): void {
      this.reset();
      this.inc(itself().cpuSeconds);
    },
  });
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
