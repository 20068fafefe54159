/** The folder that `toolcrib proxy` hands policies over in, and what the proxy says of them. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serializePolicy } from '../../compile/policy.js';
import { fail } from '../../diagnostics/failure.js';
import { parseAck } from '../../docker/ack.js';
import type { Ack, GenerationStatus } from '../../model/ack.js';
import type { Policy } from '../../policy/artifact.js';
import type { CertificateFile } from '../certificate.js';

const POLL_MS = 50;

interface Written {
  seq: number;
  digest: string;
  file: string;
  policy: Policy;
}

export class ForegroundPolicies {
  #seq = 0;
  #written: Written | null = null;
  #inForce: Written | null = null;

  constructor(
    private readonly state: string,
    private readonly readyMilliseconds = 60_000,
  ) {}

  /** That the proxy said it enforces; null: none yet. */
  get inForce(): Policy | null {
    return this.#inForce?.policy ?? null;
  }

  /** What the proxy says of itself; null: nothing that can be read. */
  readonly ack = async (): Promise<Ack | null> =>
    readFile(join(this.state, 'ack/ack.json'), 'utf8').then(parseAck, () => null);

  async statuses(): Promise<Record<string, GenerationStatus>> {
    return (await this.ack())?.generations ?? {};
  }

  /** Goes on after what an earlier run left: a proxy takes no number twice, and none below the last. */
  async open(): Promise<void> {
    for (const folder of ['policy/policies', 'policy/revoked', 'policy/tls', 'ack', 'audit', 'run'])
      await mkdir(join(this.state, folder), { recursive: true, mode: 0o700 });
    const earlier = await readdir(this.#folder);
    this.#seq = Math.max((await this.ack())?.seq ?? 0, ...earlier.map((file) => parseInt(file, 10) || 0));
  }

  async write(policy: Policy, certificate: CertificateFile | undefined): Promise<void> {
    const text = serializePolicy(policy);
    const digest = createHash('sha256').update(text).digest('hex');
    // Before the policy that names it: the proxy takes none whose certificate it cannot serve.
    if (certificate)
      await writeFile(join(this.state, 'policy/tls', `${certificate.digest}.pem`), certificate.reveal(), {
        mode: 0o600,
      });
    const seq = ++this.#seq;
    const file = `${String(seq).padStart(8, '0')}-${digest}.json`;
    await writeFile(join(this.#folder, `.${file}`), text, { mode: 0o600 });
    await rename(join(this.#folder, `.${file}`), join(this.#folder, file));
    this.#written = { seq, digest, file, policy };
    const kept = [file, this.#inForce?.file];
    for (const each of await readdir(this.#folder)) if (!kept.includes(each)) await rm(join(this.#folder, each));
  }

  /**
   * @param stopped whether there is nobody left to wait for.
   * @returns whether the proxy enforces what was written last; false: it was stopped first.
   * @throws Failure `proxy_unready` where it refused that, or did not take it in time.
   */
  async untilInForce(stopped: () => boolean): Promise<boolean> {
    const written = this.#written;
    if (!written) throw new Error('no policy was written');
    const end = performance.now() + this.readyMilliseconds;
    while (!stopped()) {
      const ack = await this.ack();
      if (ack?.seq === written.seq && ack.digest === written.digest) {
        this.#inForce = written;
        return true;
      }
      // What is said of another file is said of an earlier run's, or of an earlier edit's.
      const refused = ack?.refused?.startsWith(`${written.file}:`) ? ack.refused : null;
      if (refused !== null || performance.now() > end) await this.#giveUp(written, refused);
      await sleep(POLL_MS);
    }
    return false;
  }

  /** Taken back first, so that the proxy does not come round to it after it was said to be not in force. */
  async #giveUp(written: Written, refused: string | null): Promise<never> {
    await rm(join(this.#folder, written.file), { force: true });
    const why = refused ?? `it did not take it within ${this.readyMilliseconds / 1000} s`;
    const still = this.#inForce ? `policy ${this.#inForce.seq} stays in force` : 'nothing is in force';
    return fail(
      'proxy_unready',
      `The proxy does not enforce policy ${written.seq} (${why}), so ${still}: what the edit takes away is NOT taken away.`,
      'Its log (above) may say more. Mend the declaration and save it again; end the command to end all access.',
      { address: 'proxy' },
    );
  }

  get #folder(): string {
    return join(this.state, 'policy/policies');
  }
}
