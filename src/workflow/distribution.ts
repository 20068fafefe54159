/** What the built program says of itself: manifest.json beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerPlatform } from '../sources/platform.js';
import type { HostRuntime } from '../sources/host-runtime.js';

/** The hash of the role files: it names the system image. */
export function roleDigest(distribution: string): string {
  const manifest = JSON.parse(readFileSync(join(distribution, 'manifest.json'), 'utf8')) as { digest: string };
  return manifest.digest;
}

/** The Node that runs this command. */
export function hostNode(runtime: { execPath: string; version: string; platform: string; arch: string }): HostRuntime {
  return {
    path: runtime.execPath,
    version: runtime.version,
    platform: dockerPlatform(runtime.platform, runtime.arch),
  };
}
