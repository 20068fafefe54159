/** `toolcrib audit`: the audit log, read through the engine's API. */
import type { AuditLine } from '../audit/line.js';
import { filterAudit, parseAudit } from '../audit/read.js';
import type { Context } from './context.js';
import { load, openEngine } from './context.js';
import { findControl } from './find-control.js';

export interface AuditQuery {
  agent: string | null;
  server: string | null;
  tool: string | null;
  decision: 'allow' | 'deny' | null;
  since: Date | null;
  /** Only the last so many calls. */
  tail: number | null;
}

/** Nobody is required to be declared: the log speaks of agents and servers that are gone, too. */
export async function audit(context: Context, query: AuditQuery): Promise<{ lines: AuditLine[]; torn: number }> {
  const { config } = await load(context);
  const engine = await openEngine(context, config.project);
  const { readAudit } = await import('../docker/control.js');
  const recorded: string[] = [];
  for await (const line of readAudit(engine, await findControl(engine, config.project))) recorded.push(line);
  const { lines, torn } = parseAudit(recorded.join('\n'));
  const { agent, server, tool, decision, since, tail } = query;
  const found = filterAudit(lines, {
    ...(agent === null ? {} : { agent }),
    ...(server === null ? {} : { server }),
    ...(tool === null ? {} : { tool }),
    ...(decision === null ? {} : { decision }),
    ...(since === null ? {} : { since }),
  });
  return { lines: tail === null ? found : lastCalls(found, tail), torn };
}

/** A decision and its outcome count as one. */
function lastCalls(lines: readonly AuditLine[], count: number): AuditLine[] {
  const decisions = lines.filter((line) => line.type === 'decision');
  const last = new Set(decisions.slice(Math.max(0, decisions.length - count)).map(callOf));
  return lines.filter((line) => last.has(callOf(line)));
}

const callOf = (line: AuditLine): string => `${line.boot} ${line.seq}`;
