/** What a workflow may ask of whoever runs it: a terminal, a pipe, a test. Workflows never see a terminal. */
import type { Progress } from '../model/progress.js';

export type { Progress } from '../model/progress.js';

export interface Host {
  notify(event: Progress): void;
  /** A yes-or-no question; null when nobody can answer (`--no-input`, no terminal). */
  ask(question: string): Promise<boolean | null>;
}
