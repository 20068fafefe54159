/** `toolcrib audit`: the audit log, read through the engine's API. */
import type { AuditLine } from '../audit/line.js';
import { filterAudit, parseAudit } from '../audit/read.js';
import type { ReadEngine } from '../engine/engine.js';
import type { Context } from './context.js';
import { load, openEngine } from './context.js';
import { findControl } from './find-control.js';

export interface AuditQuery {
  agent: string | null;
  server: string | null;
  tool: string | null;
  decision: 'allow' | 'deny' | null;
  since: Date | null;
  until: Date | null;
  /** Only the last so many calls. */
  tail: number | null;
}

const POLL_MS = 500;

/** Where the log is kept. */
export interface AuditPlace {
  engine: ReadEngine;
  controlId: string;
}

/** Nobody is required to be declared: the log speaks of agents and servers that are gone, too. */
export async function auditPlace(context: Context): Promise<AuditPlace> {
  const { config } = await load(context);
  const engine = await openEngine(context, config.project);
  return { engine, controlId: await findControl(engine, config.project) };
}

export async function audit(context: Context, query: AuditQuery): Promise<{ lines: AuditLine[]; torn: number }> {
  const { engine, controlId } = await auditPlace(context);
  const { readAudit } = await import('../docker/control.js');
  const recorded: string[] = [];
  for await (const { text } of readAudit(engine, controlId)) recorded.push(text);
  const { lines, torn } = parseAudit(recorded.join('\n'));
  const found = filterAudit(lines, filterOf(query));
  return { lines: query.tail === null ? found : lastCalls(found, query.tail), torn };
}

/** What is there by the query, then what comes, until the signal. An outcome comes after its decision, by itself. */
export async function* followAudit(
  context: Context,
  query: AuditQuery,
  signal: AbortSignal,
): AsyncGenerator<AuditLine[]> {
  const { engine, controlId } = await auditPlace(context);
  const { auditState, currentAudit, readAudit } = await import('../docker/control.js');
  const kept = new Set<string>();
  let seen = -1;
  let first = true;
  let state = '';
  while (!signal.aborted) {
    const now = await auditState(engine, controlId);
    if (now !== state) {
      const texts: string[] = [];
      const current = first ? null : await currentAudit(engine, controlId);
      // A file that begins behind what was seen was begun since: what stood in the one before it is missing.
      if (current && firstNumber(current.text) <= seen + 1) texts.push(current.text);
      else for await (const { text } of readAudit(engine, controlId)) texts.push(text);
      const lines = parseAudit(texts.join('\n')).lines.filter((line) => line.n > seen);
      seen = lines.reduce((most, { n }) => Math.max(most, n), seen);
      const found = filterAudit(lines, filterOf(query), kept);
      const shown = first && query.tail !== null ? lastCalls(found, query.tail) : found;
      if (shown.length > 0) yield shown;
      state = now;
      first = false;
    }
    await pause(POLL_MS, signal);
  }
}

function filterOf({ agent, server, tool, decision, since, until }: AuditQuery): Parameters<typeof filterAudit>[1] {
  return {
    ...(agent === null ? {} : { agent }),
    ...(server === null ? {} : { server }),
    ...(tool === null ? {} : { tool }),
    ...(decision === null ? {} : { decision }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  };
}

function firstNumber(text: string): number {
  return Number(/^\{"n":(\d+)/.exec(text)?.[1] ?? Number.NaN);
}

/** A decision and its outcome count as one. */
function lastCalls(lines: readonly AuditLine[], count: number): AuditLine[] {
  const decisions = lines.filter((line) => line.type === 'decision');
  const last = new Set(decisions.slice(Math.max(0, decisions.length - count)).map(callOf));
  return lines.filter((line) => last.has(callOf(line)));
}

const callOf = (line: AuditLine): string => `${line.boot} ${line.seq}`;

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
