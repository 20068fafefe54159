/** What is asked ahead of whoever needs it may fail before anybody waits for it: it is told then, and not as unhandled. */
export function spokenOfLater<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}
