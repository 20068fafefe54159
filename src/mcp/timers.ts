/** The clock as an argument: waiting is an effect, and the handshake has none of its own. */

export interface Timers {
  /** Runs `work` in so many milliseconds, unless what it returns is called before. */
  after(milliseconds: number, work: () => void): () => void;
}
