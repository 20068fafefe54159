/** Ctrl-C: the first lets the running step finish, the second leaves at once. */
import type { Io } from './io.js';
import type { Terminal } from './terminal.js';

const SIGINT_STATUS = 130;

export interface Interrupt {
  signal: AbortSignal;
  release(): void;
}

/** @param finishesStep without it nothing is listened to, and the signal ends the program as it always does. */
export function listenForInterrupt(io: Io, terminal: Terminal, finishesStep: boolean): Interrupt {
  const controller = new AbortController();
  const onSignal = (): void => {
    terminal.finish();
    if (terminal.asking || controller.signal.aborted) return io.exit(SIGINT_STATUS);
    controller.abort();
    terminal.note('Stopping after the running step. Press Ctrl-C again to leave at once.');
  };
  const signals = finishesStep ? (['SIGINT', 'SIGTERM'] as const) : [];
  for (const name of signals) io.signals.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => signals.forEach((name) => io.signals.off(name, onSignal)),
  };
}
