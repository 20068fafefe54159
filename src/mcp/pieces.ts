/**
 * Bytes that come in pieces of any size, kept until they are whole. A piece of one byte costs a hundred to keep, so small
 * ones are joined as they come: what is held is what was sent, and not what its sender made of it.
 */
const JOIN_AT = 256;

export class Pieces {
  #joined: Buffer[] = [];
  #loose: Buffer[] = [];
  /** Of both. */
  bytes = 0;

  get empty(): boolean {
    return this.#loose.length === 0 && this.#joined.length === 0;
  }

  push(piece: Buffer): void {
    this.#loose.push(piece);
    this.bytes += piece.length;
    if (this.#loose.length < JOIN_AT) return;
    this.#joined.push(Buffer.concat(this.#loose));
    this.#loose = [];
    if (this.#joined.length < JOIN_AT) return;
    this.#joined = [Buffer.concat(this.#joined)];
  }

  /** All of it, copied once at most where it came in few pieces; then there is nothing. */
  take(): Buffer {
    const [only] = this.#loose;
    const whole =
      this.#joined.length === 0 && this.#loose.length === 1 && only
        ? only
        : Buffer.concat([...this.#joined, ...this.#loose]);
    this.clear();
    return whole;
  }

  clear(): void {
    this.#joined = [];
    this.#loose = [];
    this.bytes = 0;
  }
}
