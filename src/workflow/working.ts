/** Tells the host that a piece of work begins, and how it ended. */
import type { Context } from './context.js';

export async function working<T>(context: Context, id: string, text: string, work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  const seconds = (): number => (performance.now() - since) / 1000;
  context.host.notify({ id, state: 'started', text });
  try {
    const result = await work();
    context.host.notify({ id, state: 'done', text, seconds: seconds() });
    return result;
  } catch (error) {
    context.host.notify({ id, state: 'failed', text, seconds: seconds() });
    throw error;
  }
}
