/**
 * Where a task lives. Over stdio that is one run of one process: another run may give the same id to somebody else's.
 * Over HTTP it is the address, whose sessions come and go; what it still knows is its own to say.
 */
import type { Home } from '../upstream-port.js';

/** An instance. */
export interface Resident {
  tasks: number;
  readonly closed: boolean;
}

export class InstanceHome implements Home {
  /** @param run one run of it; null: what lives there outlives its runs. */
  constructor(
    readonly instance: Resident,
    private readonly run: { readonly over: boolean } | null,
  ) {}

  get key(): object {
    return this.run ?? this.instance;
  }

  get alive(): boolean {
    return this.run ? !this.run.over : !this.instance.closed;
  }

  stay(): () => void {
    this.instance.tasks++;
    let left = false;
    return () => {
      if (!left) this.instance.tasks--;
      left = true;
    };
  }
}
