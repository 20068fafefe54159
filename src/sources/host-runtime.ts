/** A runtime of this machine. */
export interface HostRuntime {
  /** Of the program itself; absolute. */
  path: string;
  /** `v20.20.2`, `3.11.2`. */
  version: string;
  /** `linux/amd64`. */
  platform: string;
}
