/**
 * What the proxy says of itself, read once for all who wait for it, and only when there is something new: an archive is
 * a process of an older engine's, one at a time for a container, and takes 50 ms of a core that a server which is coming
 * up needs. Asking how the file stands costs next to nothing.
 */
import { ackState, readAck } from '../docker/control.js';
import { pause } from '../docker/pause.js';
import type { ReadEngine } from '../engine/engine.js';
import type { Ack } from '../model/ack.js';

/** Each look costs an engine 3 ms of the cores that a server comes up on: soon at first, then less often. */
const LOOK_MS = 10;
const SLOWEST_LOOK_MS = 30;
const SLOWER = 1.25;
/** Times of files are coarse: what was written twice within a tick is read all the same. */
const LONGEST_MS = 250;

/** One for each who waits: every call gives what this one has not had yet, or after a while what is said still. */
export type AckReader = () => Promise<Ack | null>;

export function acknowledgements(engine: ReadEngine, control: string, longestMs = LONGEST_MS): () => AckReader {
  let latest: { number: number; ack: Ack | null } = { number: 0, ack: null };
  let coming: Promise<typeof latest> | null = null;
  let had: string | null = null;

  const changed = async (): Promise<string> => {
    const end = performance.now() + longestMs;
    for (let wait = LOOK_MS; ; wait = Math.min(wait * SLOWER, SLOWEST_LOOK_MS)) {
      const state = await ackState(engine, control);
      if (state !== had || performance.now() > end) return state;
      await pause(wait);
    }
  };
  const read = async (): Promise<typeof latest> => {
    // Before the read: what is written meanwhile counts as new once more.
    had = await changed();
    return (latest = { number: latest.number + 1, ack: await readAck(engine, control) });
  };
  return () => {
    let seen = 0;
    return async () => {
      const given = latest.number > seen ? latest : await (coming ??= read().finally(() => (coming = null)));
      seen = given.number;
      return given.ack;
    };
  };
}
