/**
 * JSON, byte by byte: finds where values end without building them. Strict unless told to trust: no key twice in an
 * object however it is escaped, no lone surrogate, no nesting without end. The scanner of messages stands on it (scan.ts).
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

const MAX_DEPTH = 64;
/** A server's result may be deeper; what it costs is stack only. */
const MAX_TRUSTED_DEPTH = 512;

export class ScanProblem extends Error {
  override readonly name = 'ScanProblem';
  constructor(
    readonly code: -32700 | -32600,
    message: string,
  ) {
    super(message);
  }
}

export class JsonScanner {
  protected at = 0;
  protected inArguments = false;
  protected imprecise = false;
  #depth = 0;
  /** Keys of the open objects, innermost last: offset pairs. */
  readonly #keys: number[] = [];

  constructor(
    protected readonly bytes: Buffer,
    protected readonly trusting: boolean,
  ) {}

  protected value(): void {
    const first = this.bytes[this.at];
    switch (first) {
      case QUOTE:
        this.#string();
        return;
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_LIST:
        return this.#list();
      case 0x74:
        return this.#word('true');
      case 0x66:
        return this.#word('false');
      case 0x6e:
        return this.#word('null');
      default:
        return this.#number();
    }
  }

  #object(): void {
    const base = this.#keys.length;
    let large: Set<string> | null = null;
    this.enter();
    this.space();
    if (this.next(CLOSE_OBJECT)) return this.leave();
    do {
      this.space();
      const start = this.at;
      if (this.bytes[start] !== QUOTE) this.fail('a key must be a string');
      const escaped = this.#string();
      if (!this.trusting) {
        if (escaped || this.#keys.length - base >= 32) large ??= this.#decodedKeys(base);
        this.#remember(large, base, start);
      }
      this.space();
      this.expect(COLON);
      this.space();
      this.value();
      this.space();
    } while (this.next(COMMA));
    this.expect(CLOSE_OBJECT);
    this.#keys.length = base;
    this.leave();
  }

  /** Few plain keys are compared as bytes; many, or escaped ones, as decoded text. */
  #remember(large: Set<string> | null, base: number, start: number): void {
    if (large) {
      const key = this.#decode(start, this.at);
      if (large.has(key)) this.fail('a key stands twice');
      large.add(key);
      return;
    }
    const { bytes } = this;
    const length = this.at - start;
    for (let i = base; i < this.#keys.length; i += 2) {
      const other = this.#keys[i] ?? 0;
      if ((this.#keys[i + 1] ?? 0) - other !== length) continue;
      let same = 1;
      while (same < length && bytes[other + same] === bytes[start + same]) same++;
      if (same === length) this.fail('a key stands twice');
    }
    this.#keys.push(start, this.at);
  }

  #decodedKeys(base: number): Set<string> {
    const decoded = new Set<string>();
    for (let i = base; i < this.#keys.length; i += 2)
      decoded.add(this.#decode(this.#keys[i] ?? 0, this.#keys[i + 1] ?? 0));
    return decoded;
  }

  #list(): void {
    this.enter();
    this.space();
    if (this.next(CLOSE_LIST)) return this.leave();
    do {
      this.space();
      this.value();
      this.space();
    } while (this.next(COMMA));
    this.expect(CLOSE_LIST);
    this.leave();
  }

  /** @returns whether it holds an escape. */
  #string(): boolean {
    const { bytes } = this;
    let escaped = false;
    let at = this.at + 1;
    for (;;) {
      const byte = bytes[at];
      if (byte === QUOTE) break;
      if (byte === undefined || byte < 0x20) this.fail('an unended string or a control character in one');
      if (byte === BACKSLASH) {
        escaped = true;
        at = this.#escape(at + 1);
      } else at++;
    }
    this.at = at + 1;
    return escaped;
  }

  /** @param at behind the backslash. @returns behind the escape. */
  #escape(at: number): number {
    const byte = this.bytes[at];
    if (byte !== 0x75) {
      // " \ / b f n r t
      const simple = byte === 0x22 || byte === 0x5c || byte === 0x2f || byte === 0x62 || byte === 0x66;
      if (!simple && byte !== 0x6e && byte !== 0x72 && byte !== 0x74) this.fail('an unknown escape');
      return at + 1;
    }
    const unit = this.#hex(at + 1);
    if (unit < 0xd800 || unit > 0xdfff) return at + 5;
    if (this.trusting) return at + 5;
    const paired = unit < 0xdc00 && this.bytes[at + 5] === BACKSLASH && this.bytes[at + 6] === 0x75;
    const low = paired ? this.#hex(at + 7) : 0;
    if (low < 0xdc00 || low > 0xdfff) this.fail('a lone surrogate');
    return at + 11;
  }

  #hex(at: number): number {
    let unit = 0;
    for (let i = at; i < at + 4; i++) {
      const byte = this.bytes[i] ?? 0;
      const digit =
        byte >= 0x30 && byte <= 0x39
          ? byte - 0x30
          : (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
            ? (byte | 0x20) - 0x57
            : -1;
      if (digit < 0) this.fail('an unknown escape');
      unit = unit * 16 + digit;
    }
    return unit;
  }

  #number(): void {
    const start = this.at;
    let at = start;
    const digits = (): number => {
      const from = at;
      for (let byte = this.bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = this.bytes[at]) at++;
      if (at === from) this.fail('not a JSON value');
      return from;
    };
    if (this.bytes[at] === 0x2d) at++;
    const first = digits();
    if (this.bytes[first] === 0x30 && at - first > 1) this.fail('a number with a leading zero');
    if (this.bytes[at] === 0x2e) {
      at++;
      digits();
    }
    if (((this.bytes[at] ?? 0) | 0x20) === 0x65) {
      at++;
      if (this.bytes[at] === 0x2b || this.bytes[at] === 0x2d) at++;
      digits();
    }
    this.at = at;
    if (this.inArguments && !this.imprecise) this.imprecise = isImprecise(this.bytes, start, at);
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word.charCodeAt(i)) this.fail('not a JSON value');
    }
    this.at += word.length;
  }

  protected text(longest: number): string {
    const start = this.at;
    if (this.bytes[start] !== QUOTE) this.fail('a string was expected');
    this.#string();
    if (this.at - start > longest * 6) throw new ScanProblem(-32600, 'a name is too long');
    const text = this.#decode(start, this.at);
    if (text.length > longest) throw new ScanProblem(-32600, 'a name is too long');
    return text;
  }

  /** @param start at the opening quote. @param end behind the closing one. */
  #decode(start: number, end: number): string {
    const raw = this.bytes.toString('utf8', start, end);
    return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  protected space(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }

  protected next(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  protected expect(byte: number): void {
    if (!this.next(byte)) this.fail('not JSON');
  }

  protected enter(): void {
    const most = this.trusting ? MAX_TRUSTED_DEPTH : MAX_DEPTH;
    if (++this.#depth > most) this.fail(`nested more than ${most} deep`);
    this.at++;
  }

  protected leave(): void {
    this.#depth--;
  }

  protected fail(problem: string): never {
    throw new ScanProblem(-32700, problem);
  }
}

function isImprecise(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= 15 && !(bytes.subarray(start, end).includes(0x65) || bytes.subarray(start, end).includes(0x45)))
    return false;
  const text = bytes.toString('latin1', start, end);
  const value = Number(text);
  if (!Number.isFinite(value)) return true;
  if (/^-?\d+$/.test(text)) return BigInt(text) !== BigInt(value);
  return (
    text
      .replace(/[eE].*$/, '')
      .replace(/[^0-9]/g, '')
      .replace(/^0+/, '').length > 17
  );
}
