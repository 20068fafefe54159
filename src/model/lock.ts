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
      type: 'pypi';
      /** The declaration it was resolved from: `mcp-server-time@>=2026`. */
      declared: string;
      /** Normalised (PEP 503). */
      package: string;
      version: string;
      /**
       * Which distributions fit depends on the platform and the Python there: `linux/amd64` → SHA-256 of what was
       * pinned for it (toolbox.lock.d/SERVER.wheels.json), RFC 8785.
       */
      wheels: Record<string, Digest>;
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

/** What packages are chosen by, besides the platform. Locks that do not tell were made of glibc. */
export interface RuntimeFacts {
  /** `v22.1.0`, `3.13.1`. */
  version?: string;
  /** `glibc 2.36`, `musl 1.2`. */
  libc?: string;
}

/** The base that npm and PyPI images are built on. */
export type LockedRuntime =
  | {
      type: 'host';
      /** `linux/amd64` → digest of the runtime's files and its version. */
      platforms: Record<string, RuntimeFacts & { digest: Digest; version: string }>;
    }
  | (RuntimeFacts & { type: 'image'; declared: string; digest: string | null; id: string });

export type RuntimeKind = 'node' | 'python';

export interface LockedServer {
  source: LockedSource;
  definitions: ServerDefinitions;
  /** Hash of each tool, by name; and of everything as one value. */
  hashes: { tools: Record<string, Digest>; all: Digest };
  /** npm: the whole package-lock.json, without download addresses. pypi: platform → what was pinned for it. */
  tree: unknown;
}

export interface Lock {
  version: 1;
  /** The toolcrib that wrote it. */
  toolcrib: string;
  envelope: Envelope;
  runtimes: Partial<Record<RuntimeKind, LockedRuntime>>;
  servers: Record<string, LockedServer>;
}
