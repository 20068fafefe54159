/**
 * The port to a container engine. One implementation speaks to Docker (docker/); tests put a
 * counting one in front of it. Each method is one engine call unless it says otherwise.
 * Every method throws a Failure (`engine_unreachable`, `engine_error`) with the engine's own words.
 */
import type { ResolvedContainer } from '../model/container.js';
import type { ContainerInspect, EngineInfo, ImageInspect, NetworkInspect, VolumeInspect } from '../model/inspect.js';
import type { EngineFacts } from '../model/state.js';

export interface ContainerUpdateFields {
  memory?: number;
  nanoCpus?: number;
  pids?: number;
  restart?: 'no' | 'unless-stopped';
}

/**
 * A file inside an archive. `mode` like 0o644. When read, `path` is below the folder that was asked for (a lone
 * file keeps its name); when written, a path that ends in a slash is a folder, which must be named to be made.
 */
export interface ArchiveFile {
  path: string;
  content: Buffer;
  mode?: number;
  uid?: number;
  gid?: number;
}

/** A file in an archive, unread. */
export interface ArchiveEntry {
  path: string;
  /** Bytes. */
  size: number;
}

export interface ContainerSummary {
  id: string;
  names: string[];
  labels: Record<string, string>;
  state: string;
  /** Image id. */
  imageId: string;
}

/** A running container's stdio, attached before it is started. */
export interface Attachment {
  /** Raw bytes to stdin. Respects back-pressure: resolves when the engine took them. */
  write(data: Buffer): Promise<void>;
  /** Half-close of stdin. */
  end(): void;
  /** Set before anything can arrive; chunks as they come, split anywhere. */
  onStdout(listener: (chunk: Buffer) => void): void;
  onStderr(listener: (chunk: Buffer) => void): void;
  /** The stream to the engine ended: the container's process ended, or the engine did. */
  onClose(listener: () => void): void;
  /** Stops reading until resumed: back-pressure towards the container. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

export interface ReadEngine {
  facts(): Promise<EngineFacts>;
  /** What it says of itself and its host, asked anew. */
  info(): Promise<EngineInfo>;
  /** All states. `labels`: each must be there, `key` or `key=value`. */
  listContainers(labels: string[]): Promise<ContainerSummary[]>;
  /** Every container whose name starts so, any owner. */
  listContainersNamed(prefix: string): Promise<ContainerSummary[]>;
  /** Every container that mounts this volume, running or not, any owner. */
  listContainersOn(volume: string): Promise<ContainerSummary[]>;
  inspectContainer(idOrName: string): Promise<ContainerInspect | null>;
  inspectImage(reference: string): Promise<ImageInspect | null>;
  listImages(labels: string[]): Promise<{ id: string; tags: string[]; labels: Record<string, string> }[]>;
  /** All networks of the engine. */
  listNetworks(): Promise<NetworkInspect[]>;
  listVolumes(labels: string[]): Promise<VolumeInspect[]>;
  inspectVolume(name: string): Promise<VolumeInspect | null>;
  /** Files under `path` in a container; null where the path is not there. Bounded to `limit` bytes in all (default 64 MiB). */
  readArchive(container: string, path: string, limit?: number): Promise<ArchiveFile[] | null>;
  /** Bytes and time of change of one file, without reading it; null where it is not there. */
  statArchive(container: string, path: string): Promise<{ size: number; modified: string } | null>;
  /** The same files without their contents, however large. */
  listArchive(container: string, path: string): Promise<ArchiveEntry[] | null>;
  /** Both streams of a container's log as the engine kept it, oldest first. */
  readLogs(
    container: string,
    options: { tail?: number; follow?: boolean; since?: number; signal?: AbortSignal },
  ): AsyncIterable<{ stream: 'stdout' | 'stderr'; line: string }>;
}

export interface Engine extends ReadEngine {
  /** 409 on a name in use is a Failure with code `engine_error` and `conflict: true` (see isConflict in docker/errors). */
  createContainer(
    name: string,
    spec: ResolvedContainer,
    options?: { autoRemove?: boolean; stdinOnce?: boolean },
  ): Promise<string>;
  /** A container like another one in everything but its name and these labels of its own. Returns its id. */
  cloneContainer(original: string, name: string, labels: Readonly<Record<string, string>>): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** No error if it does not run. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  killContainer(id: string): Promise<void>;
  updateContainer(id: string, set: ContainerUpdateFields): Promise<void>;
  /** With its anonymous volumes; force. No error if it is not there. */
  removeContainer(id: string): Promise<void>;
  attach(id: string): Promise<Attachment>;
  /** Resolves with the exit code when the container is not running any more. */
  waitContainer(id: string): Promise<number>;
  createNetwork(network: {
    name: string;
    subnet: string;
    internal: boolean;
    labels: Record<string, string>;
  }): Promise<string>;
  removeNetwork(id: string): Promise<void>;
  /** No error if it is on it already. */
  connectNetwork(network: string, container: string): Promise<void>;
  /** By force. No error if it is not on it, or if either is gone. */
  disconnectNetwork(network: string, container: string): Promise<void>;
  /**
   * Makes a volume whose top folder belongs to `owner` (`uid:gid`): through a short-lived container of `image`,
   * because a fresh volume is root's. Several engine calls; safe to repeat.
   */
  createVolume(
    volume: { name: string; owner: string; labels: Record<string, string> },
    seed: { image: string; name: string; labels: Record<string, string> },
  ): Promise<void>;
  removeVolume(name: string): Promise<void>;
  writeArchive(container: string, path: string, files: ArchiveFile[]): Promise<void>;
  /** Classic builder, `POST /build`. Log lines go to `onLine`. Returns the image id. */
  buildImage(
    context: NodeJS.ReadableStream,
    options: {
      tag: string;
      labels: Record<string, string>;
      network: boolean;
      buildArgs?: Record<string, string>;
      dockerfile?: string;
      onLine?: (line: string) => void;
      /** Asked before the tag is given: the id of what got it meanwhile and is as good; null: nothing. */
      meanwhile?: () => Promise<string | null>;
    },
  ): Promise<string>;
  pullImage(reference: string, onLine?: (line: string) => void): Promise<void>;
  tagImage(id: string, repo: string, tag: string): Promise<void>;
  removeImage(idOrReference: string): Promise<void>;
}
