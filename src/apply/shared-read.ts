/**
 * One read for all who wait for the same: whoever asks while one is under way gets the next, which begins after they
 * asked and so holds what was written before. The engine packs one archive of a container at a time, and fifty gates
 * that each had theirs would wait for one another.
 */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  const begin = (): Promise<T> => {
    next = null;
    running = read().finally(() => (running = null));
    return running;
  };
  return () => (running ? (next ??= running.then(begin, begin)) : begin());
}
