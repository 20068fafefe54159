/** Progress of a call that has become a task: its token is good for as long as that is (MCP 2025-11-25, Task Progress Notifications). */
import { withMembers } from '../message/json-members.js';
import type { Session } from '../sessions/sessions.js';
import { isOver, renamedRelated } from '../message/task-form.js';
import type { LiveTask } from './tasks.js';

/** @returns whether more is wanted. */
export type LateProgress = (params: Buffer) => boolean;

/** Holds nothing of the call: it may be there for hours. @param task null: none has come of it. */
export function lateProgress(session: Session, progressToken: string, task: () => LiveTask | null): LateProgress {
  return (params) => {
    const made = task();
    if (!made || made.gone || isOver(made.status)) return false;
    const named = renamedRelated(params, (raw) => (raw === made.raw ? made.id : null));
    const told = withMembers(named, { progressToken }).toString('utf8');
    session.streams.notify(`{"jsonrpc":"2.0","method":"notifications/progress","params":${told}}`);
    return true;
  };
}
