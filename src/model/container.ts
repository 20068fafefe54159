/** What a container should be, before it is known what its image says, and after. Closed world: a field left empty means *empty*. */
import { LABEL } from './labels.js';

export interface MountSpec {
  type: 'bind' | 'volume';
  /** Absolute path on the engine's host, or the engine's volume name. */
  source: string;
  /** Absolute path inside the container. */
  target: string;
  readonly: boolean;
}

export interface PortSpec {
  containerPort: number;
  hostIp: string;
  hostPort: number;
}

export interface HealthcheckSpec {
  /** Docker's form: `['CMD', …]`, `['CMD-SHELL', …]` or `['NONE']`. */
  test: string[];
  /** Nanoseconds, as the engine counts. */
  interval: number;
  timeout: number;
  startPeriod: number;
  retries: number;
}

/** The declaration of one container. `null` means: whatever the image says. */
export interface ContainerSpec {
  /** Reference to create from; the pinned one where the lock pins it. */
  image: string;
  entrypoint: string[] | null;
  cmd: string[] | null;
  /** Set over the image's own environment. */
  env: Record<string, string>;
  /** `null`: the image's user, or 65532:65532 when that is none or root. */
  user: string | null;
  workdir: string | null;
  healthcheck: HealthcheckSpec | null;
  /** stdin held open (stdio servers, the lock). */
  stdin: boolean;
  mounts: MountSpec[];
  /** Path → mount options. Image VOLUMEs not mounted otherwise are covered with tmpfs too (plan/expected). */
  tmpfs: Record<string, string>;
  capAdd: string[];
  capDrop: string[];
  groupAdd: string[];
  readonlyRootfs: boolean;
  /** Bytes. Swap is always set equal to it. */
  memory: number;
  nanoCpus: number;
  pids: number;
  nofile: number;
  init: boolean;
  /** `none`, or the engine's name of the network that it is made on. */
  network: string;
  /** Engine names of further networks: it joins and leaves them as it runs. */
  joins: string[];
  /** What its network's own resolver asks; empty: whatever the host does. */
  dns: string[];
  ports: PortSpec[];
  restart: 'no' | 'unless-stopped';
  log: { type: string; config: Record<string, string> };
  /** Seconds between SIGTERM and SIGKILL. */
  stopTimeout: number;
  labels: Record<string, string>;
}

/** A spec merged with its image's configuration: exactly what the engine is asked for, nothing left to default. */
export interface ResolvedContainer extends Omit<
  ContainerSpec,
  'user' | 'entrypoint' | 'cmd' | 'workdir' | 'healthcheck'
> {
  imageId: string;
  user: string;
  entrypoint: string[];
  cmd: string[];
  workdir: string;
  healthcheck: HealthcheckSpec | null;
}

/** The resource's name instead of the engine's random one, so that two generations look the same from inside. */
export function hostnameOf({ labels }: Pick<ContainerSpec, 'labels'>): string {
  const name = labels[LABEL.address]?.split('.').at(-1) ?? '';
  return /^[a-z][a-z0-9-]{0,62}$/.test(name) ? name : 'toolcrib';
}
