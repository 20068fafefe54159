/**
 * Splits a byte stream into lines (MCP specification, Transports, stdio: messages are delimited by newlines).
 * Chunks may be cut anywhere, inside a character too; a line is copied once, however many chunks it came in.
 */
import { Pieces } from './pieces.js';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Bytes that one message may have. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** Bytes of an overlong line that are shown. */
const BEGINNING = 256;

export interface LineSplitter {
  push(chunk: Buffer): void;
}

/**
 * @param onLine without the newline, and without a carriage return before it; empty lines are passed over.
 * @param onTooLong once, with the beginning of the line; nothing is read after it.
 */
export function lineSplitter(
  onLine: (line: Buffer) => void,
  onTooLong: (beginning: Buffer) => void,
  maxBytes: number = MAX_LINE_BYTES,
): LineSplitter {
  const pending = new Pieces();
  let ended = false;

  const emit = (last: Buffer): void => {
    if (!pending.empty) pending.push(last);
    const whole = pending.empty ? last : pending.take();
    const line = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    if (line.length > 0) onLine(line);
  };
  const tooLong = (rest: Buffer): void => {
    ended = true;
    pending.push(rest);
    onTooLong(Buffer.from(pending.take().subarray(0, BEGINNING)));
  };

  return {
    push(chunk) {
      let from = 0;
      while (!ended) {
        const newline = chunk.indexOf(NEWLINE, from);
        const end = newline < 0 ? chunk.length : newline;
        if (pending.bytes + end - from > maxBytes) {
          tooLong(chunk.subarray(from, end));
          return;
        }
        if (newline < 0) break;
        emit(chunk.subarray(from, newline));
        from = newline + 1;
      }
      if (ended || from === chunk.length) return;
      pending.push(chunk.subarray(from));
    },
  };
}
