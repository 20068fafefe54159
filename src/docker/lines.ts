/** Cuts bytes into lines of text, however they arrive: split inside a line or inside a UTF-8 character. */
import { StringDecoder } from 'node:string_decoder';

/** Longer ones are cut, so that a stream without line ends cannot fill the memory. */
const LONGEST_LINE = 1024 * 1024;

export interface Lines {
  /** The lines that this chunk finishes, without their ends. */
  push(chunk: Buffer): string[];
  /** What stood after the last line end. */
  end(): string[];
}

export function createLines(longest = LONGEST_LINE): Lines {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  let length = 0;

  const flush = (): string => {
    const line = pieces.join('');
    pieces = [];
    length = 0;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  };
  const keep = (text: string, lines: string[]): void => {
    let rest = text;
    while (length + rest.length > longest) {
      pieces.push(rest.slice(0, longest - length));
      rest = rest.slice(longest - length);
      lines.push(flush());
    }
    if (rest === '') return;
    pieces.push(rest);
    length += rest.length;
  };

  return {
    push(chunk) {
      const lines: string[] = [];
      const [first = '', ...others] = decoder.write(chunk).split('\n');
      keep(first, lines);
      for (const text of others) {
        lines.push(flush());
        keep(text, lines);
      }
      return lines;
    },
    end() {
      const lines: string[] = [];
      keep(decoder.end(), lines);
      if (length > 0) lines.push(flush());
      return lines;
    },
  };
}
