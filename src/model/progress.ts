/** What long work tells whoever watches it. */
export interface Progress {
  /** Stable id: a later event of the same id is about the same thing. */
  id: string;
  /** detail: what a program at work prints; of interest only while somebody watches. */
  state: 'started' | 'waiting' | 'detail' | 'done' | 'failed';
  /** What happens, with the address: `server.files: building image`. */
  text: string;
  /** For `waiting`: seconds until it gives up. */
  deadline?: number;
  /** Seconds it took, for `done` and `failed`. */
  seconds?: number;
}

export type Notify = (event: Progress) => void;
