/**
 * What asks for no answer, over HTTP: a notification, or the answer to what a server asked. Its status is all that counts;
 * a server that says none, or goes on and on behind it, holds the connection no longer than this.
 */
import { exchange, type Ask, type Exchange, type Sender } from './exchange.js';

/** For the status. */
const STATUS_MS = 5_000;
/** For what nobody reads behind it. */
const REST_MS = 1_000;

/** @param known once, unless abandoned; null: it was not taken, or nothing is known of it. */
export function say(sender: Sender, ask: Ask, known: (status: number | null) => void): Exchange {
  let told = false;
  const tell = (status: number | null): void => {
    if (told) return;
    told = true;
    known(status);
  };
  let timer = setTimeout(() => {
    running.abort();
    tell(null);
  }, STATUS_MS).unref();
  const running = exchange(sender, ask, {
    head: (status) => {
      clearTimeout(timer);
      timer = setTimeout(() => running.abort(), REST_MS).unref();
      tell(status);
    },
    message: () => undefined, // it asks for none
    ended: ({ status }) => {
      clearTimeout(timer);
      tell(status);
    },
  });
  return running;
}
