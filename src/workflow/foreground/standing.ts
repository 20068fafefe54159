/** Tells of servers that stop answering, and of their coming back, once each: in the foreground nobody asks for status. */
import { generationKey, type GenerationStatus } from '../../model/ack.js';

export class ForegroundStanding {
  /** Server → the reason that was told. */
  readonly #told = new Map<string, string>();

  /** @param serving server → generation. @returns what is new, a line each. */
  news(serving: ReadonlyMap<string, { number: number }>, statuses: Record<string, GenerationStatus>): string[] {
    const lines: string[] = [];
    for (const name of this.#told.keys()) if (!serving.has(name)) this.#told.delete(name);
    for (const [name, { number }] of serving) {
      const status = statuses[generationKey(name, number)];
      const before = this.#told.get(name);
      if (status?.state === 'failed' && before !== (status.reason ?? '')) {
        this.#told.set(name, status.reason ?? '');
        lines.push(
          `server.${name} is not ready: ${status.reason ?? 'it did not pass the handshake.'} It is tried again.`,
        );
      } else if (status?.state === 'ready' && before !== undefined) {
        this.#told.delete(name);
        lines.push(`server.${name} is ready`);
      }
    }
    return lines;
  }
}
