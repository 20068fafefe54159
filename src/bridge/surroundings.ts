/** What every part of the bridge works with. */
import type { Engine } from '../engine/engine.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { EndedForGood } from './ended-for-good.js';
import type { LogLine } from './protocol.js';
import type { Timers } from './timers.js';
import type { Turns } from './turns.js';

/** All that the bridge ever asks of the engine. It creates and removes instances of this project's templates, nothing else. */
export type BridgeEngine = Pick<
  Engine,
  | 'listContainers'
  | 'inspectContainer'
  | 'inspectImage'
  | 'attach'
  | 'cloneContainer'
  | 'removeContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'waitContainer'
>;

export interface Surroundings {
  engine: BridgeEngine;
  project: ProjectIdentity;
  log: (line: LogLine) => void;
  now: () => Date;
  timers: Timers;
  /** Left out: what ended for good stays so while the bridge runs. */
  ended?: EndedForGood;
  /** Whose turn it is to start a container. Left out: everybody's. */
  starts?: Turns;
}
