/** What the command line touches of its process, so that tests can be one. */
import type { Readable } from 'node:stream';

export interface Output {
  write(text: string): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface Io {
  stdin: Readable & { isTTY?: boolean };
  stdout: Output;
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** The Node that runs this. */
  runtime: { execPath: string; version: string; platform: string; arch: string; pid: number };
  /** Folder of the built program. */
  distribution: string;
  signals: {
    on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
    off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  };
  exit(status: number): void;
}
