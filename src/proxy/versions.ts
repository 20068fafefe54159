/** The protocol versions spoken to agents. 2026-07-28 has no initialize and no sessions; it joins here. */

export const LEGACY_VERSIONS = ['2025-03-26', '2025-06-18', '2025-11-25'] as const;
export type LegacyVersion = (typeof LEGACY_VERSIONS)[number];

const LATEST: LegacyVersion = '2025-11-25';

/** The only version with batches. */
export const BATCH_VERSION: LegacyVersion = '2025-03-26';

export function isSpoken(version: string): version is LegacyVersion {
  return (LEGACY_VERSIONS as readonly string[]).includes(version);
}

/** What `initialize` is answered with (MCP, Lifecycle, Version negotiation): the asked version, or the latest we speak. */
export function negotiate(asked: unknown): LegacyVersion {
  return typeof asked === 'string' && isSpoken(asked) ? asked : LATEST;
}
