/** The protocol versions spoken to agents: those with sessions, and 2026-07-28, which has none. */
import {
  isLegacyVersion,
  LATEST_LEGACY,
  LEGACY_VERSIONS,
  MODERN_VERSION,
  type LegacyVersion,
} from '../../mcp/versions.js';

/** The only version with batches. */
export const BATCH_VERSION: LegacyVersion = '2025-03-26';

/** Newest first. */
export const SPOKEN: readonly string[] = [MODERN_VERSION, ...[...LEGACY_VERSIONS].reverse()];

/** What `initialize` is answered with (MCP, Lifecycle, Version negotiation): the asked version, or the latest we speak. */
export function negotiate(asked: unknown): LegacyVersion {
  return typeof asked === 'string' && isLegacyVersion(asked) ? asked : LATEST_LEGACY;
}
