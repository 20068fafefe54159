/** Cuts a byte stream into lines of bounded length, wherever the chunks were split. */

export interface Line {
  text: string;
  /** More came than `limit` bytes; the rest is gone. */
  truncated: boolean;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

export class LineCutter {
  #held: Buffer[] = [];
  #size = 0;
  #over = false;

  constructor(
    readonly limit: number,
    readonly emit: (line: Line) => void,
  ) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#release();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The stream ended: what is left is a line too. */
  flush(): void {
    if (this.#size > 0) this.#release();
  }

  #keep(part: Buffer): void {
    const room = this.limit - this.#size;
    if (part.length > room) this.#over = true;
    const kept = part.subarray(0, Math.max(0, room));
    if (kept.length === 0) return;
    // Copied: a slice would hold the whole chunk it came from.
    this.#held.push(Buffer.from(kept));
    this.#size += kept.length;
  }

  #release(): void {
    let bytes = Buffer.concat(this.#held, this.#size);
    if (bytes.at(-1) === RETURN) bytes = bytes.subarray(0, -1);
    const line = { text: bytes.toString('utf8'), truncated: this.#over };
    this.#held = [];
    this.#size = 0;
    this.#over = false;
    this.emit(line);
  }
}
