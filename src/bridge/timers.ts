/** Time as the bridge knows it: handed in, so that tests turn the hands. */
import { Failure, problem } from '../diagnostics/failure.js';

export interface Timers {
  /** Runs once after so many milliseconds; the returned function takes it back. */
  after(milliseconds: number, run: () => void): () => void;
  /** Milliseconds from some moment on, which no change of the date moves: what durations are measured by. */
  clock(): number;
}

export const realTimers: Timers = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  clock: () => performance.now(),
};

/** Resolves after the time, or at once when `signal` is raised. */
export function sleep(timers: Timers, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || milliseconds <= 0) return resolve();
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(milliseconds, done);
    signal.addEventListener('abort', done);
  });
}

/** A bound on one engine call: an engine that hangs must not hold up everything behind it. */
export function within<T>(timers: Timers, milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(milliseconds, () => {
      const detail = `The engine did not ${what} within ${milliseconds / 1000} s.`;
      const fix = 'Look at the engine’s own log; the bridge tries again at the next open.';
      reject(new Failure([problem('engine_unreachable', detail, fix)]));
    });
    work.then(resolve, reject).finally(cancel);
  });
}
