/** What images are made with, and for: the engine, this machine's own runtimes, and whom to tell. */
import type { Engine } from '../engine/engine.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { HostPython } from './host-python.js';
import type { HostRuntime } from './host-runtime.js';

export interface Maker {
  engine: Engine;
  project: ProjectIdentity;
  /** The Node that runs this program. */
  host: HostRuntime;
  /** `python3` on PATH; asked only where something needs it. */
  python(): Promise<HostPython>;
  /** Of the engine: `linux/amd64`. */
  platform: string;
  onLine(line: string): void;
}
