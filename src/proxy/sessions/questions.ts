/**
 * What servers ask of the agent of one session, each question under an id of ours, which is the token of its progress as
 * well: servers may choose the same. What is over is remembered for a while, so that the audit can tell an answer that
 * comes too late from one to nothing.
 */
import type { Answering, RequestReply } from '../upstream-port.js';

/** For the audit: by whom it was asked, in the course of what. */
export interface Asked {
  server: string;
  generation: number;
  tool: string;
}

interface Question extends Answering {
  asked: Asked;
}

/** Open at once. */
const MOST = 64;
/** That are over, the last ones. */
const MOST_OVER = 64;
const ENDED = Buffer.from('{"code":-32603,"message":"The session ended"}');

export class Questions {
  /** By the JSON text of their id. */
  readonly #open = new Map<string, Question>();
  readonly #over = new Map<string, Asked>();
  #last = 0;

  /** @returns JSON text of its id; null: too many are open. */
  begin(asked: Asked, answering: Answering): string | null {
    if (this.#open.size >= MOST) return null;
    const id = `"toolcrib-${++this.#last}"`;
    this.#open.set(id, { ...answering, asked });
    return id;
  }

  /** Nobody waits for its answer any more. @returns whether somebody did. */
  end(id: string): boolean {
    return this.#end(id) !== null;
  }

  /** The first answer counts. @returns whether it was waited for. */
  answer(id: string, reply: RequestReply): boolean {
    const question = this.#end(id);
    question?.reply(reply);
    return question !== null;
  }

  /** @returns whether its server hears of it. */
  progress(token: string, params: Buffer): boolean {
    const hear = this.#open.get(token)?.progress;
    hear?.(params);
    return !!hear;
  }

  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /** What was asked under an id, or is; null: nothing that is known. */
  of(id: string): Asked | null {
    return this.#open.get(id)?.asked ?? this.#over.get(id) ?? null;
  }

  close(): void {
    for (const { reply } of this.#open.values()) reply({ error: ENDED });
    this.#open.clear();
    this.#over.clear();
  }

  #end(id: string): Question | null {
    const question = this.#open.get(id);
    if (!question) return null;
    this.#open.delete(id);
    this.#over.set(id, question.asked);
    for (const [oldest] of this.#over) {
      if (this.#over.size <= MOST_OVER) break;
      this.#over.delete(oldest);
    }
    return question;
  }
}
