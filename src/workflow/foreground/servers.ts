/**
 * What `toolcrib proxy` runs servers in: a generation each, and beside it the next one until that has proved itself.
 * Nothing here decides what is routed; it knows which containers there are, and what each was made from.
 */
import { fail } from '../../diagnostics/failure.js';
import type { Engine } from '../../engine/engine.js';
import { nameOf, type Address } from '../../model/address.js';
import { engineName, LABEL, type ProjectIdentity } from '../../model/labels.js';
import type { DesiredContainer } from '../../model/state.js';
import { resolveStep } from '../../plan/fields/expected.js';
import type { Declared } from '../declare.js';
import { ensureNetworks, removeNetworks } from './networks.js';

export interface Generation {
  address: Address;
  number: number;
  /** What it was made from: another text is another generation. */
  from: string;
  /** Of its container; null: it runs elsewhere. */
  id: string | null;
  /** It may not run beside the one before. */
  alone: boolean;
}

interface Wanted extends Pick<Generation, 'address' | 'from' | 'alone'> {
  container: DesiredContainer | null;
}

const STOP_SECONDS = 5;

export class ForegroundServers {
  readonly #serving = new Map<string, Generation>();
  readonly #candidates = new Map<string, Generation>();
  /** Server → its last generation, also of one that was left out: its container may still be there. */
  readonly #numbers = new Map<string, number>();
  /** Containers that go once a policy is in force that does not name them. */
  readonly #old = new Set<string>();

  constructor(
    private readonly engine: Engine,
    private readonly own: ProjectIdentity,
    private readonly endpoint: string,
  ) {}

  /** Server → the generation that is to prove itself. */
  get candidates(): ReadonlyMap<string, Generation> {
    return this.#candidates;
  }

  /** Server → the generation that serves. */
  get serving(): ReadonlyMap<string, Generation> {
    return this.#serving;
  }

  /** Server → the generation that serves once every candidate has proved itself. */
  routes(): Record<string, number> {
    const all = [...this.#serving, ...this.#candidates];
    return Object.fromEntries(all.map(([name, { number }]) => [name, number]));
  }

  /**
   * Makes a candidate of everything that is new or was changed; none of it runs yet.
   * @param ensure brings the container's image onto the engine.
   */
  async make(declared: Declared, ensure: (server: DesiredContainer) => Promise<string>): Promise<void> {
    await this.abandon([...this.#candidates.keys()]);
    await ensureNetworks(this.engine, declared, this.endpoint);
    const wanted = wantedOf(declared);
    let volumes = false;
    for (const [name, each] of wanted) {
      const { container } = each;
      const image = container && (await ensure(container));
      if (image !== null && !volumes) {
        await this.#makeVolumes(declared, image);
        volumes = true;
      }
      if (this.#serving.get(name)?.from !== each.from) this.#candidates.set(name, await this.#make(name, each));
    }
    for (const [name, { id }] of this.#serving) {
      if (wanted.has(name)) continue;
      if (id !== null) this.#old.add(id);
      this.#serving.delete(name);
    }
  }

  /** Those that may not run beside their candidate. */
  async stop(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      const id = this.#serving.get(name)?.id;
      if (id != null) await this.engine.stopContainer(id, STOP_SECONDS);
    }
  }

  /** Candidates that did not prove themselves. */
  async abandon(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      const id = this.#candidates.get(name)?.id;
      this.#candidates.delete(name);
      if (id != null) await this.engine.removeContainer(id);
    }
  }

  /** Every candidate that is left serves from here on. */
  promote(): void {
    for (const [name, candidate] of this.#candidates) {
      const id = this.#serving.get(name)?.id;
      if (id != null) this.#old.add(id);
      this.#serving.set(name, candidate);
    }
    this.#candidates.clear();
  }

  /** What no policy in force names. */
  async removeOld(): Promise<void> {
    for (const id of this.#old) {
      await this.engine.removeContainer(id);
      this.#old.delete(id);
    }
  }

  /** Also what an earlier run left behind. The lock is its holder's. */
  async removeAll(): Promise<void> {
    const { name, id } = this.own;
    const all = await this.engine.listContainers([`${LABEL.projectId}=${id}`, `${LABEL.project}=${name}`]);
    for (const each of all) if (each.labels[LABEL.holder] === undefined) await this.engine.removeContainer(each.id);
    await removeNetworks(this.engine, this.own);
  }

  async #make(name: string, { address, from, alone, container }: Wanted): Promise<Generation> {
    const number = (this.#numbers.get(name) ?? 0) + 1;
    this.#numbers.set(name, number);
    if (!container) return { address, from, alone, number, id: null };
    const image = await this.engine.inspectImage(container.spec.image);
    if (!image) fail('image_not_found', `${container.spec.image} is not on the engine.`, 'Start the command again.');
    const called = engineName.server(this.own.name, name, number);
    const id = await this.engine.createContainer(called, resolveStep(container, number, image));
    return { address, from, alone, number, id };
  }

  async #makeVolumes({ desired }: Declared, image: string): Promise<void> {
    const labels = { [LABEL.project]: this.own.name, [LABEL.projectId]: this.own.id };
    const there = new Set(
      (await this.engine.listVolumes([`${LABEL.projectId}=${this.own.id}`])).map(({ Name }) => Name),
    );
    // Those of the project's own containers are folders here.
    const declared = engineName.volume(this.own.name, '');
    for (const volume of desired.volumes.filter(
      ({ name, keep }) => keep && !there.has(name) && name.startsWith(declared),
    ))
      await this.engine.createVolume(volume, { image, name: engineName.seed(this.own.name, volume.name), labels });
  }
}

function wantedOf({ desired }: Declared): Map<string, Wanted> {
  const containers = desired.containers.filter(({ address }) => address.startsWith('server.'));
  return new Map([
    ...containers.map((container): [string, Wanted] => {
      const { address, spec, definitions, replace } = container;
      const from = JSON.stringify([spec, definitions]);
      return [nameOf(address), { address, from, alone: replace === 'stop-first', container }];
    }),
    ...desired.remotes.map((remote): [string, Wanted] => {
      const { address } = remote;
      const from = JSON.stringify(remote);
      return [nameOf(address), { address, from, alone: false, container: null }];
    }),
  ]);
}
