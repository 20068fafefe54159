/** The protocol versions spoken to agents. 2026-07-28 has no initialize and no sessions; it joins here. */
import { isLegacyVersion, LATEST_LEGACY, LEGACY_VERSIONS, type LegacyVersion } from '../mcp/versions.js';

/** The only version with batches. */
export const BATCH_VERSION: LegacyVersion = '2025-03-26';

/** Whether a request may name this version in MCP-Protocol-Version. */
export function isSpoken(version: string): boolean {
  return isLegacyVersion(version);
}

/** For people; no code that a newer client takes for a newer server's, so that it falls back to initialize. */
export const SPOKEN = LEGACY_VERSIONS.join(', ');

/** What `initialize` is answered with (MCP, Lifecycle, Version negotiation): the asked version, or the latest we speak. */
export function negotiate(asked: unknown): LegacyVersion {
  return typeof asked === 'string' && isLegacyVersion(asked) ? asked : LATEST_LEGACY;
}
