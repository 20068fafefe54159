/** Server-sent events on their way to an agent (WHATWG HTML, section 9.2): one message an event, and no waiting for readers. */

/** Where events go. Whoever reads too slowly is cut off, so that it cannot hold memory. */
export interface EventSink {
  /** Already framed. @returns false: nobody is there any more. */
  write(text: string): boolean;
  end(): void;
  /** Once, however it ended. */
  onClose(callback: () => void): void;
}

/** Bytes that may wait for one reader. */
export const MAX_UNREAD_EVENTS = 1024 * 1024;

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx and its like would hold events back.
  'x-accel-buffering': 'no',
};

/** A comment: what stands between keeps connections that it sees used. */
export const KEEP_ALIVE = ':\n\n';
export const KEEP_ALIVE_MS = 15_000;

export function event(message: string, id: string | null): string {
  // In JSON a raw line break can only be white space between tokens, and would end the data line.
  const line = /[\r\n]/.test(message) ? message.replace(/[\r\n]/g, ' ') : message;
  return id === null ? `data: ${line}\n\n` : `id: ${id}\ndata: ${line}\n\n`;
}

export function acceptsEvents(accept: string | null): boolean {
  return accept !== null && /text\/event-stream/i.test(accept);
}
