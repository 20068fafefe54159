/** Ranges of versions as npm writes them. Loaded only where there is one. */
import semver from 'semver';

export function isVersionRange(range: string): boolean {
  return semver.validRange(range) !== null;
}

/** Prereleases count as versions: whoever runs one means to. */
export function isInRange(version: string, range: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true });
}
