/** The two sides of a plan: what is declared, and what the engine has. */
import type { Range } from '../diagnostics/diagnostic.js';
import type { AccessEntry, TokenAccess } from './access.js';
import type { Ack } from './ack.js';
import type { Address } from './address.js';
import type { ContainerSpec } from './container.js';
import type { ContainerInspect, ImageInspect, NetworkInspect, VolumeInspect } from './inspect.js';
import type { ProjectIdentity } from './labels.js';

export interface EngineFacts {
  id: string;
  name: string;
  version: string;
  /** That is spoken with it. */
  apiVersion: string;
  /** The newest that the engine offers; left out: the same. */
  offeredApi?: string;
  /** `linux/amd64`. */
  platform: string;
  /** How it was reached: `unix:///var/run/docker.sock`. */
  endpoint: string;
  /** The Docker context that said so; null or left out: DOCKER_HOST did. */
  context?: string | null;
  /** false: the kernel limits no swap, and the engine sets every limit of it to -1. Left out: it does. */
  swapLimit?: boolean;
  /** Processors that it may give containers. Left out: it does not tell. */
  cpus?: number;
}

/** An image that must be on the engine before its containers can be made. */
export interface DesiredImage {
  address: `image.${string}`;
  /** What containers are created from. */
  reference: string;
  /** build: Toolcrib makes it from pinned inputs; pull: `repo@digest` from a registry; present: only this engine has it. */
  how: 'build' | 'pull' | 'present';
  /** For `present`: the id it must have. */
  id: string | null;
  /** For `build`: hash of what goes in, which is a label of what is made. */
  inputs?: string | null;
}

export interface OwnImage {
  id: string;
  tags: string[];
  /** For what it was made, and of what, by its labels. Left out: under another name of the project, or they do not say. */
  made?: { address: string; inputs: string };
}

export interface DesiredNetwork {
  address: `network.${string}`;
  name: string;
  internal: boolean;
  /** Subnets are carved from this: `10.89.0.0/16`. */
  pool: string;
  labels: Record<string, string>;
}

export interface DesiredVolume {
  address: `volume.${string}`;
  name: string;
  /** `uid:gid` of its top folder. */
  owner: string;
  labels: Record<string, string>;
  /** Kept by destroy unless `--volumes`. */
  keep: boolean;
}

/** A volume that somebody else made: there, or the plan is refused. */
export interface DesiredExternal {
  address: `volume.${string}`;
  name: string;
  /** Where its name is declared. */
  range: Range | undefined;
}

export interface DesiredContainer {
  address: Address;
  /** Without name and generation label: those are given when it is made. */
  spec: ContainerSpec;
  image: `image.${string}`;
  /** overlap: old and new run side by side; stop-first: they may not (shared writable mount, published port). */
  replace: 'overlap' | 'stop-first';
  /** proxy and bridge are started by apply, servers by the bridge, control never. */
  start: 'apply' | 'bridge' | 'never';
  /** Hash of the locked definitions: a change is of cause `definition`. */
  definitions: string | null;
}

/** A server without a container: only the policy knows it. */
export interface DesiredRemote extends RemoteFacts {
  address: `server.${string}`;
}

/** What the plan compares of a remote server. */
export interface RemoteFacts {
  url: string;
  /** Hash of the locked definitions. */
  definitions: string;
  /** Blocks of the own network that it may be at. */
  privateAddresses: string[];
  insecure: boolean;
  /** Fingerprints of the certificates that count; null: the public authorities. */
  ca: string | null;
}

/** What agents are served with. */
export interface LiveCertificate {
  /** What its file is called, the key in it: hex SHA-256 of the content. */
  file: string;
  /** Hex SHA-256. */
  fingerprint: string;
  /** ISO 8601 instant. */
  expires: string;
}

export interface DesiredPolicy {
  access: AccessEntry[];
  tokens: TokenAccess[];
  /** Ids of tokens revoked in git. */
  revoked: string[];
  /** In which it is written (policy/known-form.ts). */
  form: string;
  /** null or left out: no TLS. */
  certificate?: LiveCertificate | null;
  /** Where spans go, in words; null or left out: nowhere. */
  telemetry?: string | null;
  /** Digest of the policy with every server at the generation that the map names. */
  digest: (routes: Readonly<Record<string, number>>) => string;
}

/** What has another address than before. */
export interface Move {
  from: Address;
  to: Address;
}

export interface DesiredState {
  project: ProjectIdentity;
  /** As declared, each step by itself. */
  moved: Move[];
  /** What `prevent_destroy` keeps, and where it says so. */
  protected: { address: Address; range: Range | undefined }[];
  images: DesiredImage[];
  networks: DesiredNetwork[];
  volumes: DesiredVolume[];
  externals: DesiredExternal[];
  /** servers, then control, bridge, proxy. */
  containers: DesiredContainer[];
  remotes: DesiredRemote[];
  policy: DesiredPolicy;
}

/** A container that bears this project's id, with what its labels say. */
export interface OwnedContainer {
  address: Address;
  generation: number;
  inspect: ContainerInspect;
  /** Image it was created from; null when that image is gone. */
  image: ImageInspect | null;
}

export interface OwnedInstance extends OwnedContainer {
  /** The proxy's key. */
  instance: string;
}

export interface LivePolicy {
  seq: number;
  digest: string;
  access: AccessEntry[];
  tokens: TokenAccess[];
  /** server → generation served; null: none. */
  routes: Record<string, number | null>;
  /** Remote servers by name, at the generation served. */
  remotes: Record<string, RemoteFacts>;
  /** Put there by somebody else than an apply. */
  outside?: boolean;
  /** Engine names of the volumes that were there when it was written; left out: not known. */
  volumes?: readonly string[];
  /** null or left out: no TLS. */
  certificate?: LiveCertificate | null;
  /** Where spans go, in words; null or left out: nowhere. */
  telemetry?: string | null;
  /** Servers that had `prevent_destroy`. Left out: none. */
  protected?: string[];
}

export interface ActualState {
  engine: EngineFacts;
  containers: OwnedContainer[];
  /** Copies of templates, which the bridge makes and removes. */
  instances: OwnedInstance[];
  /** Things that hold one of our names, or bear our project's name with another id. */
  conflicts: { kind: 'container' | 'network' | 'volume' | 'image'; name: string; owner: string }[];
  /** Names of projects on the engine that bear this project's id and are not known to be it. Left out: none. */
  strays?: string[];
  /** Helper containers of an interrupted command (seed, probe, rehearsal): to be removed. Never the lock. */
  leftovers: { id: string; name: string; volume: string | null }[];
  networks: NetworkInspect[];
  volumes: VolumeInspect[];
  /** All others of the engine. */
  foreignVolumes: VolumeInspect[];
  /** Images of this project on the engine, and those that the desired state refers to, by reference; null: not there. */
  images: Record<string, ImageInspect | null>;
  /** Our own images on the engine that may be unused. */
  ownImages: OwnImage[];
  policy: LivePolicy | null;
  /** What is in force was written in a form that this build cannot read. Left out: it can. */
  foreignPolicy?: boolean;
  ack: Ack | null;
  /** Token ids that the control volume holds as revoked. */
  revoked: string[];
  /** Digests of the certificates whose keys lie in the policy volume. Left out: none. */
  keys?: string[];
  /** Subnets in use on the engine, any owner. */
  subnets: string[];
}
