/**
 * Who is told that a list has changed: those whose own list did, and no one else. Listeners of one agent at one
 * endpoint see one and the same list, so it is made once for all of them.
 */
import type { Endpoint } from '../../policy/endpoint.js';
import { LIST_KINDS, type ListKind } from '../message/lists.js';

export interface ListListener {
  agent: string;
  endpoint: Endpoint;
  changed: (kinds: ReadonlySet<ListKind>) => void;
}

/** The list as this agent sees it now, as text. */
type ListText = (agent: string, endpoint: Endpoint, kind: ListKind) => string;

interface Group {
  agent: string;
  endpoint: Endpoint;
  /** Each list as last told; the same text that is served, not a copy. */
  seen: Map<ListKind, string>;
  listeners: Set<ListListener>;
}

export class Audience {
  readonly #groups = new Map<string, Group>();
  #due: NodeJS.Immediate | null = null;

  constructor(private readonly text: ListText) {}

  /** @returns how to leave. */
  join(listener: ListListener): () => void {
    const key = `${listener.agent} ${listener.endpoint.path}`;
    let group = this.#groups.get(key);
    if (!group) {
      const { agent, endpoint } = listener;
      group = { agent, endpoint, seen: this.#look(agent, endpoint), listeners: new Set() };
      this.#groups.set(key, group);
    }
    const { listeners } = group;
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#groups.delete(key);
    };
  }

  /** Something that lists are made from may have changed. Many changes of one moment are looked at once. */
  look(): void {
    this.#due ??= setImmediate(() => {
      this.#due = null;
      for (const group of this.#groups.values()) this.#tell(group);
    });
  }

  #tell(group: Group): void {
    const now = this.#look(group.agent, group.endpoint);
    const changed = new Set(LIST_KINDS.filter((kind) => now.get(kind) !== group.seen.get(kind)));
    group.seen = now;
    if (changed.size > 0) for (const listener of [...group.listeners]) listener.changed(changed);
  }

  #look(agent: string, endpoint: Endpoint): Map<ListKind, string> {
    return new Map(LIST_KINDS.map((kind) => [kind, this.text(agent, endpoint, kind)]));
  }

  close(): void {
    if (this.#due) clearImmediate(this.#due);
    this.#due = null;
    this.#groups.clear();
  }
}
