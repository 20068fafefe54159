/** toolbox.lock.yaml and toolbox.lock.d/, as values. */
import type { Envelope, ServerDefinitions } from './definitions.js';

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

export type LockedSource =
  | {
      type: 'npm';
      /** The declaration it was resolved from: `@scope/name@^1`. */
      declared: string;
      package: string;
      version: string;
      integrity: string;
      /** SHA-256 of the pinned dependency tree (toolbox.lock.d/SERVER.package-lock.json), RFC 8785. */
      tree: Digest;
      /** Names of packages whose install scripts may run. */
      allowScripts: string[];
    }
  | {
      type: 'build';
      /** The folder as declared. */
      declared: string;
      /** SHA-256 of the build context's file tree. */
      context: Digest;
      network: boolean;
    }
  | {
      type: 'image';
      declared: string;
      /** `repo@sha256:…` where the image has a registry digest. */
      digest: string | null;
      /** The image id on the engine that locked it; binding only where there is no registry digest. */
      id: string;
    }
  | {
      type: 'remote';
      /** The URL. Nothing of what answers there can be pinned but its definitions. */
      declared: string;
    };

/** The base that npm images are built on. */
export type LockedRuntime =
  | {
      type: 'host';
      /** `linux/amd64` → digest of the runtime's files and its version. */
      platforms: Record<string, { digest: Digest; version: string }>;
    }
  | { type: 'image'; declared: string; digest: string | null; id: string };

export interface LockedServer {
  source: LockedSource;
  definitions: ServerDefinitions;
  /** Hash of each tool, by name; and of everything as one value. */
  hashes: { tools: Record<string, Digest>; all: Digest };
  /** Whole package-lock.json of npm sources, without download addresses. */
  tree: unknown;
}

export interface Lock {
  version: 1;
  /** The toolcrib that wrote it. */
  toolcrib: string;
  envelope: Envelope;
  runtimes: Partial<Record<'node', LockedRuntime>>;
  servers: Record<string, LockedServer>;
}
