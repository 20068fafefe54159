/** What a workflow may ask of whoever runs it: a terminal, a pipe, a test. Workflows never see a terminal. */

export interface Progress {
  /** Stable id: a later event of the same id is about the same thing. */
  id: string;
  state: 'started' | 'waiting' | 'done' | 'failed';
  /** What happens, with the address: `server.files: building image`. */
  text: string;
  /** For `waiting`: seconds until it gives up. */
  deadline?: number;
  /** Seconds it took, for `done` and `failed`. */
  seconds?: number;
}

export interface Host {
  notify(event: Progress): void;
  /** A yes-or-no question; null when nobody can answer (`--no-input`, no terminal). */
  ask(question: string): Promise<boolean | null>;
}
