/** What a request has to do with a task, beside being a request: seen by what carries it out (deal.ts). */
import type { Call, CallListener, UpstreamAnswer, UpstreamPort, UpstreamRequest } from './upstream-port.js';

export interface TaskRecord {
  task: number;
  status: string;
}

export interface TaskWork {
  /** What the audit calls it; null: it is not made yet. */
  readonly number: number | null;
  /** To where it lives. null: that cannot be asked now. */
  send(upstream: UpstreamPort, request: UpstreamRequest): Call | null;
  /** Names the task in the agent's terms. */
  hear(listener: CallListener): CallListener;
  /** In the agent's terms; a task that this made is known from here on. */
  answered(answer: UpstreamAnswer): UpstreamAnswer;
  /** Whether it gives back the call's place among those of its grant by itself, when the task is over. */
  keeps(leave: () => void): boolean;
  /** Once, when all is done. @returns what became of the task, for the audit; null: there is none. */
  ended(): TaskRecord | null;
}
