/** What every request has until it is over, whoever reads its bytes: its place, and who is to be told of its end. */

/** Up to this, head and body go out as one string, which is one copy and one write(2). */
export const MAX_JOINED = 16 * 1024;

export abstract class OpenExchange {
  agent = '';
  /** Gives its place back, once: its answer is out, its agent is gone, or it has become a stream that lasts. */
  over: () => void = () => undefined;
  protected ended = false;
  #gone: (() => void)[] | null = null;
  #closing: (() => void)[] | null = null;

  onGone(callback: () => void): () => void {
    const gone = (this.#gone ??= []);
    gone.push(callback);
    return () => {
      const at = gone.indexOf(callback);
      if (at >= 0) gone.splice(at, 1);
    };
  }

  protected onClose(callback: () => void): void {
    if (this.ended) callback();
    else (this.#closing ??= []).push(callback);
  }

  /** @param unanswered its agent has gone before it had everything. */
  protected tellEnd(unanswered: boolean): void {
    if (unanswered) for (const callback of [...(this.#gone ?? [])]) callback();
    for (const callback of this.#closing ?? []) callback();
  }
}
