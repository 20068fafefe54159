/** Audit files → lines, filtered and rendered for people. Pure: whoever calls fetched the bytes. */
import type { AuditLine, DecisionLine, OutcomeLine } from './line.js';

export interface ReadAudit {
  lines: AuditLine[];
  /** Lines that a crash tore, or that are no audit lines. */
  torn: number;
}

export interface AuditFilter {
  agent?: string;
  server?: string;
  tool?: string;
  decision?: 'allow' | 'deny';
  since?: Date;
  /** Up to and including. */
  until?: Date;
}

export function parseAudit(text: string): ReadAudit {
  const lines: AuditLine[] = [];
  let torn = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const parsed = parseLine(line);
    if (parsed === null) torn++;
    else if (parsed !== 'checkpoint') lines.push(parsed);
  }
  return { lines, torn };
}

/**
 * Outcomes stay with their decisions.
 * @param kept calls whose decisions passed; handed on, where the lines come piece by piece.
 */
export function filterAudit(
  lines: readonly AuditLine[],
  filter: AuditFilter,
  kept: Set<string> = new Set<string>(),
): AuditLine[] {
  return lines.filter((line) => {
    if (line.type === 'outcome') return kept.has(callOf(line));
    if (!matches(line, filter)) return false;
    kept.add(callOf(line));
    return true;
  });
}

/** One line a decision, with its outcome behind it once there is one. */
export function renderAudit(lines: readonly AuditLine[]): string {
  const outcomes = new Map<string, OutcomeLine>();
  for (const line of lines) if (line.type === 'outcome') outcomes.set(callOf(line), line);
  return lines
    .filter((line) => line.type === 'decision')
    .map((line) => `${renderDecision(line)}${renderOutcome(outcomes.get(callOf(line)))}\n`)
    .join('');
}

/** As they come: an outcome whose decision was shown before has a line of its own. */
export function renderFollowed(lines: readonly AuditLine[]): string {
  const decided = new Set(lines.filter((line) => line.type === 'decision').map(callOf));
  const late = lines.filter((line) => line.type === 'outcome' && !decided.has(callOf(line)));
  return (
    late.map((line) => `${line.time}  ended ${callOf(line)}${renderOutcome(line as OutcomeLine)}\n`).join('') +
    renderAudit(lines)
  );
}

function renderDecision(line: DecisionLine): string {
  const whose = line.server !== null ? `${line.server}:${line.tool ?? ''}` : (line.tool ?? line.method);
  // Several lines are about one call, which became a task.
  const what = line.task === undefined ? whose : `${whose} (${line.method} of task ${line.task})`;
  const who = line.agent ?? 'unauthenticated';
  const times = line.count !== undefined && line.count > 1 ? ` (${line.count} times)` : '';
  return [line.time, line.decision.padEnd(5), who, what, line.rule, line.reason].join('  ') + times;
}

function renderOutcome(line: OutcomeLine | undefined): string {
  if (!line) return '';
  const task = line.task === undefined ? '' : ` (task ${line.task} ${line.status ?? ''})`;
  return `  ${line.outcome} ${line.milliseconds} ms${line.error === null ? '' : ` (${line.error})`}${task}`;
}

function matches(line: DecisionLine, filter: AuditFilter): boolean {
  if (filter.agent !== undefined && line.agent !== filter.agent) return false;
  if (filter.server !== undefined && line.server !== filter.server) return false;
  if (filter.tool !== undefined && line.tool !== filter.tool) return false;
  if (filter.decision !== undefined && line.decision !== filter.decision) return false;
  const time = Date.parse(line.time);
  return time >= (filter.since?.getTime() ?? -Infinity) && time <= (filter.until?.getTime() ?? Infinity);
}

const callOf = (line: AuditLine): string => `${line.boot} ${line.seq}`;

function parseLine(line: string): AuditLine | 'checkpoint' | null {
  try {
    const value: unknown = JSON.parse(line);
    if (isCheckpoint(value)) return 'checkpoint';
    return isAuditLine(value) ? value : null;
  } catch {
    return null;
  }
}

function isCheckpoint(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'checkpoint';
}

function isAuditLine(value: unknown): value is AuditLine {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (!('time' in value && 'seq' in value && 'boot' in value)) return false;
  if (typeof value.time !== 'string' || typeof value.seq !== 'number' || typeof value.boot !== 'string') return false;
  return value.type === 'decision' ? 'agent' in value && 'decision' in value : value.type === 'outcome';
}
