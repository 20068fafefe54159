/** The two sides that the differ compares: what a container should be, and what it is. */
import type { ResolvedContainer } from '../../model/container.js';
import type { ContainerInspect, ImageInspect } from '../../model/inspect.js';

export interface Expected {
  container: ResolvedContainer;
  /** The engine name of its generation. */
  name: string;
}

export interface Live {
  inspect: ContainerInspect;
  /** Created from; null when it is gone. */
  image: ImageInspect | null;
  around: Surroundings;
}

/** What the engine has besides the container that a field's meaning depends on. */
export interface Surroundings {
  /** Network id → name, of this project's networks. */
  networks: ReadonlyMap<string, string>;
  /** Names of this project's volumes that exist, and of external ones that it declares. */
  volumes: ReadonlySet<string>;
  swapLimit: boolean;
}
