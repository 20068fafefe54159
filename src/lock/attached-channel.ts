/** A container's stdio as a channel of MCP messages, with the tail of its stderr at hand. */
import type { Failure } from '../diagnostics/failure.js';
import type { Attachment } from '../engine/engine.js';
import type { Channel } from '../mcp/channel.js';
import { lineSplitter, MAX_LINE_BYTES } from '../mcp/lines.js';
import { badOutput } from '../mcp/refusals.js';
import { stderrTail } from './stderr-tail.js';

export interface AttachedChannel extends Channel {
  /** What the server broke, where it is to blame for the end. */
  readonly broken: Failure | null;
  /** The last lines of stderr, oldest first. */
  stderr(): string[];
}

/** @param lastWords asked when the other side ends: why, in a sentence. */
export function attachedChannel(attachment: Attachment, lastWords: () => Promise<string>): AttachedChannel {
  const tail = stderrTail();
  let onLine: (line: Buffer) => void = () => undefined;
  let onClose: (reason: string) => void = () => undefined;
  let ended = false;
  let broken: Failure | null = null;
  const end = (reason: string): void => {
    if (ended) return;
    ended = true;
    attachment.destroy();
    onClose(reason);
  };
  const splitter = lineSplitter(
    (line) => onLine(line),
    (beginning) => {
      broken = badOutput(
        `It wrote a line of more than ${MAX_LINE_BYTES / 1024 / 1024} MiB to stdout. It begins: ${JSON.stringify(beginning.toString('utf8', 0, 80))}`,
      );
      end('It broke the protocol.');
    },
  );
  let reading = false;
  // An attachment reads nothing before someone listens, so that what comes before the first question is not lost.
  const read = (): void => {
    if (reading) return;
    reading = true;
    attachment.onStdout((chunk) => {
      if (!ended) splitter.push(chunk);
    });
    attachment.onStderr((chunk) => tail.push(chunk));
    attachment.onClose(() => {
      if (!ended) void lastWords().then(end);
    });
  };

  return {
    send(line) {
      // Where it takes no more, its end is on the way, and says why.
      attachment.write(Buffer.concat([Buffer.from(line), NEWLINE])).catch(() => undefined);
    },
    onLine(listener) {
      onLine = listener;
      read();
    },
    onClose: (listener) => void (onClose = listener),
    close: () => end('It was closed from here.'),
    get broken() {
      return broken;
    },
    stderr: () => tail.lines(),
  };
}

const NEWLINE = Buffer.from('\n');
