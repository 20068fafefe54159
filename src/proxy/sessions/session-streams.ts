/**
 * The event streams of one legacy session: each has a number, each event an id of `STREAM-COUNT`, and what was sent is
 * kept for a while, so that an agent whose connection broke takes up a stream where it left it (MCP 2025-11-25,
 * Transports, Resumability). What is kept is bounded, for one session and for all.
 */
import { event, type EventSink } from '../http/event-stream.js';

/** Bytes that all sessions keep together. */
export class ReplayStore {
  #bytes = 0;

  constructor(readonly most = 16 * 1024 * 1024) {}

  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.most) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

export interface SessionStream {
  /** Whether anyone may still hear it: now, or when it is taken up again. */
  send(message: string): boolean;
  /** Nothing follows. */
  end(): void;
}

interface Kept {
  stream: number;
  count: number;
  text: string;
}

interface Stream {
  number: number;
  count: number;
  sink: EventSink | null;
  ended: boolean;
}

const MOST_EVENTS = 256;
const MOST_BYTES = 256 * 1024;
const MOST_STREAMS = 64;
/** That a connection broke is known later than what was written to it, so the last few are kept whatever became of them. */
const MOST_ENDED = 4;
/** What the agent opens to hear what belongs to no call. */
const STANDALONE = 0;

export class SessionStreams {
  readonly #streams = new Map<number, Stream>();
  #kept: Kept[] = [];
  #bytes = 0;
  #last = STANDALONE;

  constructor(private readonly store: ReplayStore) {}

  /** For one request. @param primed an empty event comes first, with an id to resume from. null: too many. */
  open(sink: EventSink, primed: boolean): SessionStream | null {
    if (this.#streams.size >= MOST_STREAMS) return null;
    return this.#begin(++this.#last, sink, primed);
  }

  /** The standalone stream; a second one takes the place of the first. */
  listen(sink: EventSink, primed: boolean): void {
    const before = this.#streams.get(STANDALONE);
    before?.sink?.end();
    const stream = before ?? this.#stream(STANDALONE);
    this.#attach(stream, sink);
    if (primed) this.#write(stream, '');
  }

  /** To the standalone stream. @returns whether it was ever opened. */
  notify(message: string): boolean {
    const stream = this.#streams.get(STANDALONE);
    return stream !== undefined && this.#write(stream, message);
  }

  /** @returns whether there is such a stream; what it missed has been sent then. */
  resume(lastEventId: string, sink: EventSink): boolean {
    const found = /^(\d{1,9})-(\d{1,9})$/.exec(lastEventId);
    const stream = found && this.#streams.get(Number(found[1]));
    if (!stream) return false;
    stream.sink?.end();
    for (const kept of this.#kept) {
      if (kept.stream !== stream.number || kept.count <= Number(found[2])) continue;
      if (!sink.write(kept.text)) return true;
    }
    if (stream.ended) {
      this.#forget(stream.number);
      sink.end();
    } else this.#attach(stream, sink);
    return true;
  }

  close(): void {
    for (const { sink } of this.#streams.values()) sink?.end();
    this.#streams.clear();
    this.store.release(this.#bytes);
    this.#kept = [];
    this.#bytes = 0;
  }

  #begin(number: number, sink: EventSink, primed: boolean): SessionStream {
    const stream = this.#stream(number);
    this.#attach(stream, sink);
    if (primed) this.#write(stream, '');
    return {
      send: (message) => this.#write(stream, message),
      end: () => {
        stream.ended = true;
        stream.sink?.end();
        this.#forgetEnded();
      },
    };
  }

  #stream(number: number): Stream {
    const stream: Stream = { number, count: 0, sink: null, ended: false };
    this.#streams.set(number, stream);
    return stream;
  }

  #attach(stream: Stream, sink: EventSink): void {
    stream.sink = sink;
    sink.onClose(() => {
      if (stream.sink === sink) stream.sink = null;
    });
  }

  #write(stream: Stream, message: string): boolean {
    const text = event(message, `${stream.number}-${++stream.count}`);
    const keeps = this.#keep({ stream: stream.number, count: stream.count, text });
    return (stream.sink?.write(text) ?? false) || keeps;
  }

  #keep(kept: Kept): boolean {
    const bytes = kept.text.length;
    if (bytes > MOST_BYTES) return false;
    while (this.#kept.length >= MOST_EVENTS || this.#bytes + bytes > MOST_BYTES) this.#drop(this.#kept[0]);
    if (!this.store.take(bytes)) {
      this.#forgetAllEnded();
      if (!this.store.take(bytes)) return false;
    }
    this.#kept.push(kept);
    this.#bytes += bytes;
    return true;
  }

  /** Where memory is short, what is over goes before what goes on. */
  #forgetAllEnded(): void {
    for (const { number, ended } of [...this.#streams.values()]) if (ended) this.#forget(number);
  }

  #drop(kept: Kept | undefined): void {
    if (!kept) return;
    this.#kept.shift();
    this.#bytes -= kept.text.length;
    this.store.release(kept.text.length);
  }

  #forget(number: number): void {
    this.#streams.delete(number);
    const gone = this.#kept.filter((kept) => kept.stream === number).reduce((sum, kept) => sum + kept.text.length, 0);
    if (gone === 0) return;
    this.#kept = this.#kept.filter((kept) => kept.stream !== number);
    this.#bytes -= gone;
    this.store.release(gone);
  }

  #forgetEnded(): void {
    const ended = [...this.#streams.values()].filter((stream) => stream.ended);
    for (const { number } of ended.slice(0, -MOST_ENDED)) this.#forget(number);
  }
}
