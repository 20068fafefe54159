/** What has to be undone of something that lasts, once, whatever ends it first; who waits for it need not wait longer. */
export class Ends {
  /** Resolves when it is over. */
  readonly closed: Promise<void>;
  #all: (() => void)[] | null = [];
  #tell: () => void = () => undefined;

  constructor() {
    this.closed = new Promise((resolve) => (this.#tell = resolve));
  }

  get over(): boolean {
    return this.#all === null;
  }

  /** What comes too late is undone at once. */
  add(end: () => void): void {
    if (this.#all) this.#all.push(end);
    else end();
  }

  /** Idempotent. */
  readonly close = (): void => {
    const all = this.#all;
    this.#all = null;
    for (const end of all ?? []) end();
    this.#tell();
  };
}
