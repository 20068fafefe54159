/** How one kind of runtime is found on this machine, made into a base image, and asked what fits it. */
import type { RuntimeKind } from '../model/lock.js';
import type { ContextEntry } from './context.js';
import type { HostRuntime } from './host-runtime.js';
import type { Maker } from './maker.js';

export interface HostFiles {
  entries: ContextEntry[];
  /** `glibc 2.36`, `musl`. */
  libc: string;
}

export interface RuntimeRecipe<Kind extends RuntimeKind> {
  kind: Kind;
  /** As people call it. */
  name: string;
  /** One that may be named instead. */
  image: string;
  dockerfile: string;
  /** What a named image is asked; it answers with RuntimeFacts as JSON. */
  question: string[];
  host(maker: Maker): Promise<HostRuntime>;
  /** Everything that the lock's digest is over. */
  files(host: HostRuntime, maker: Maker): Promise<HostFiles>;
  /** What is added when the image is built: it follows from the files. */
  derived?(host: HostRuntime, folder: string, entries: readonly ContextEntry[]): Promise<ContextEntry[]>;
}
