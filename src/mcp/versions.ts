/** Versions of the Model Context Protocol that are known here. */

/** With sessions and `initialize`, oldest first. */
export const LEGACY_VERSIONS = ['2025-03-26', '2025-06-18', '2025-11-25'] as const;
export type LegacyVersion = (typeof LEGACY_VERSIONS)[number];
export const LATEST_LEGACY: LegacyVersion = '2025-11-25';

/** Stateless; told apart by the header alone. */
export const MODERN_VERSION = '2026-07-28';

/** What a stdio server may answer `initialize` with: also the version before streamable HTTP. */
export const UPSTREAM_VERSIONS: readonly string[] = ['2024-11-05', ...LEGACY_VERSIONS];

export function isLegacyVersion(version: string): version is LegacyVersion {
  return (LEGACY_VERSIONS as readonly string[]).includes(version);
}
