/**
 * Watches the policy folder and takes the highest policy whose content matches its name. On any error the last good
 * one stays; a lower number than was ever seen is never taken; a revocation is never forgotten.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import type { Policy } from '../policy/artifact.js';
import { parseArtifactName, readPolicy, verify } from '../policy/read.js';
import { LoadedPolicy } from '../policy/load.js';

const MAX_BYTES = 64 * 1024 * 1024;
/** Watching is quick, polling is sure. */
const POLL_MS = 500;
/** A file that is still being written is looked at again so soon and so often. */
const UNFINISHED_MS = 50;
const UNFINISHED_LOOKS = 40;
const TOKEN_ID = /^[0-9a-z]{10}$/;

export interface PolicyState {
  seq: number;
  /** null: none yet. */
  loaded: LoadedPolicy | null;
  /** Why a higher-numbered file was not taken. */
  refused: string | null;
  revoked: ReadonlySet<string>;
}

export class PolicyWatch {
  #state: PolicyState = { seq: 0, loaded: null, refused: null, revoked: new Set() };
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** The file whose content was last found not to match its name, and how often. */
  #unfinished = { name: '', looks: 0 };
  #soon: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #again = false;

  /** @param floor the highest number taken by an earlier run. */
  constructor(
    readonly dir: string,
    readonly floor: number,
    readonly changed: (state: PolicyState) => void,
    /** What else must be there before a policy is taken; null, or why it is not. */
    readonly unready: (policy: Policy) => Promise<string | null> = () => Promise.resolve(null),
  ) {}

  get state(): PolicyState {
    return this.#state;
  }

  async start(): Promise<void> {
    await this.look();
    this.#watcher = watch(this.dir, { ignoreInitial: true, depth: 1, persistent: true });
    this.#watcher.on('all', () => void this.look());
    this.#watcher.on('error', () => undefined); // polling goes on
    this.#timer = setInterval(() => void this.look(), POLL_MS);
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    if (this.#soon) clearTimeout(this.#soon);
    await this.#watcher?.close();
    await this.#looking;
  }

  /** One look at a time; a call while looking makes one more look after it. */
  look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = null;
      if (!this.#again) return;
      this.#again = false;
      void this.look();
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const before = this.#state;
    const revoked = await this.#revoked(before.revoked);
    const { refused, taken } = await this.#best(before);
    const next = { seq: taken?.seq ?? before.seq, loaded: taken?.loaded ?? before.loaded, refused, revoked };
    if (!taken && refused === before.refused && revoked === before.revoked) return;
    this.#state = next;
    this.changed(next);
  }

  async #best(
    before: PolicyState,
  ): Promise<{ refused: string | null; taken: { seq: number; loaded: LoadedPolicy } | null }> {
    const names = await list(join(this.dir, 'policies'));
    const found = names.flatMap((name) => {
      const promised = parseArtifactName(name);
      return promised && promised.seq > before.seq ? [{ name, ...promised }] : [];
    });
    found.sort((a, b) => b.seq - a.seq || (a.name < b.name ? 1 : -1));
    let refused: string | null = null;
    for (const { name, seq, digest } of found) {
      if (seq < this.floor) {
        refused ??= `${name}: lower than policy ${this.floor}, which was in force before`;
        break;
      }
      const read = await this.#read(name);
      const wanting = 'policy' in read ? await this.unready(read.policy) : null;
      if ('policy' in read && wanting === null) {
        return { refused, taken: { seq, loaded: new LoadedPolicy(read.policy, digest, before.loaded?.validators) } };
      }
      refused ??= `${name}: ${'error' in read ? read.error : (wanting ?? '')}`;
    }
    return { refused, taken: null };
  }

  async #read(name: string): Promise<ReturnType<typeof readPolicy>> {
    try {
      const path = join(this.dir, 'policies', name);
      if ((await stat(path)).size > MAX_BYTES) return { error: `is larger than ${MAX_BYTES} bytes` };
      const bytes = await readFile(path);
      if (verify(name, bytes)) return readPolicy(bytes);
      this.#lookSoon(name);
      return { error: 'its content does not match its name' };
    } catch (cause) {
      return { error: cause instanceof Error ? cause.message : String(cause) };
    }
  }

  /** Whoever writes may not be done: the next poll would be late, and no event may tell of the end. */
  #lookSoon(name: string): void {
    if (this.#unfinished.name !== name) this.#unfinished = { name, looks: 0 };
    if (this.#soon || this.#timer === null || ++this.#unfinished.looks > UNFINISHED_LOOKS) return;
    this.#soon = setTimeout(() => {
      this.#soon = null;
      void this.look();
    }, UNFINISHED_MS);
  }

  /** The same set when nothing is new. */
  async #revoked(before: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const names = (await list(join(this.dir, 'revoked'))).filter((name) => TOKEN_ID.test(name));
    return names.every((name) => before.has(name)) ? before : new Set([...before, ...names]);
  }
}

/** A folder that is not there holds nothing. */
async function list(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch {
    return [];
  }
}
