/** Reads something again whenever told to; words that come meanwhile make one more round, not many. */

/** Between two rounds, however often a server announces changes. */
const PAUSE_MS = 200;

export class Relisting {
  #asked: 'no' | 'yes' | 'again' = 'no';

  constructor(
    /** @returns null: there is nothing to read from. */
    private readonly read: () => Promise<void> | null,
    /** Ends early when there is nothing more to read for. */
    private readonly pause: (milliseconds: number) => Promise<void>,
  ) {}

  async again(): Promise<void> {
    if (this.#asked !== 'no') {
      this.#asked = 'again';
      return;
    }
    const reading = this.read();
    if (!reading) return;
    this.#asked = 'yes';
    await reading;
    await this.pause(PAUSE_MS);
    const more = this.#isAskedAgain();
    this.#asked = 'no';
    if (more) void this.again();
  }

  #isAskedAgain(): boolean {
    return this.#asked === 'again';
  }
}
