/** Tasks that the proxy itself ends: their grant is gone, or its time has passed. Signed for, as what agents ask is. */
import { TASKS_EXTENSION } from '../../policy/task-support.js';
import { entryOf, type House } from '../exchange.js';
import { isOver } from '../message/task-form.js';
import type { LiveTask } from './tasks.js';

/** Best effort: a server that cannot call off goes on, and nobody hears of it. */
export async function callOff(house: House, task: LiveTask, reason: 'revoked' | 'limit_timeout'): Promise<void> {
  const enforced = house.enforced();
  const { origin, raw, home, number } = task;
  const { server, generation, tool, rule, definition, image, caller, endpoint, era } = origin;
  const upstream = house.upstreams.find(server, generation);
  if (isOver(task.status) || !enforced || !upstream || !home.alive) return;
  const method = 'tasks/cancel';
  const about = { method, server, generation, tool, rule, definition, image, task: number };
  const started = house.clock();
  let seq: number;
  try {
    seq = await house.audit.decide(
      entryOf({ enforced, endpoint, caller }, { ...about, decision: 'allow' as const, reason }),
    );
  } catch {
    return; // nothing goes upstream unsigned; the log reports its own trouble
  }
  const placed = upstream.requestAt(home, {
    method,
    members: Buffer.from(`"taskId":${JSON.stringify(raw)}`),
    meta: null,
    name: raw,
    headers: null,
    timeoutMs: null,
    agent: caller.agent,
    subject: caller.subject,
    session: origin.session?.id ?? null,
    capabilities: era === 'modern' ? { extensions: { [TASKS_EXTENSION]: {} } } : {},
    logLevel: null,
    progress: false,
    listener: null,
    late: null,
  });
  const answer = placed ? await placed.call.answer : null;
  const ok = answer?.kind === 'answer' && answer.key === 'result';
  if (ok) task.end('cancelled');
  house.audit.outcome({
    seq,
    method,
    server,
    outcome: ok ? 'ok' : 'error',
    milliseconds: Math.round(house.clock() - started),
    bytes: answer?.kind === 'answer' ? answer.value.length : 0,
    error: ok ? null : 'its server did not call it off',
    record: { task: number, status: task.status },
  });
}
