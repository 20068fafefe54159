/** What is said to an agent before its answer, on the event stream that the answer then ends. */
import { event, type EventSink } from '../http/event-stream.js';
import type { SessionStream } from './session-streams.js';

export class Talk {
  /** @param outlives whether it can be taken up again, so that a broken connection ends nothing. */
  constructor(
    private readonly stream: SessionStream,
    readonly outlives: boolean,
  ) {}

  send(message: string): boolean {
    return this.stream.send(message);
  }

  finish(answer: string): void {
    this.stream.send(answer);
    this.stream.end();
  }
}

/** A modern agent's stream: no ids, and nothing to take up again (MCP 2026-07-28, Streamable HTTP). */
export function unnumbered(sink: EventSink): SessionStream {
  return { send: (message) => sink.write(event(message, null)), end: () => sink.end() };
}
