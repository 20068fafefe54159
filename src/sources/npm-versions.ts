/** Which versions a package has instead of the one that was asked for. */
import { npm } from './npm-client.js';

const SECONDS = 30;
const NAMED = 5;

/** One sentence; empty where the registry does not tell. */
export async function versionsThatExist(folder: string, name: string, asked: string): Promise<string> {
  const result = await npm(folder, ['view', name, 'versions', 'dist-tags', '--json'], SECONDS).catch(() => null);
  const { versions, tags } = read(result?.code === 0 ? result.stdout : '');
  if (versions.length === 0) return '';
  const latest = tags.latest === undefined ? '' : `; latest is ${tags.latest}`;
  return ` It has ${nearest(versions, asked).join(', ')}${versions.length > NAMED ? ` and ${versions.length - NAMED} others` : ''}${latest}.`;
}

function read(stdout: string): { versions: string[]; tags: Record<string, string> } {
  try {
    const said = JSON.parse(stdout) as { versions?: string[] | string; 'dist-tags'?: Record<string, string> };
    return { versions: [said.versions ?? []].flat(), tags: said['dist-tags'] ?? {} };
  } catch {
    return { versions: [], tags: {} };
  }
}

/** Those that begin like the one asked for, the newest first; a registry lists the oldest first. */
export function nearest(versions: readonly string[], asked: string): string[] {
  const wanted = asked.replace(/^[^0-9]*/, '');
  return [...versions]
    .reverse()
    .map((version) => ({ version, shared: sharedStart(version, wanted) }))
    .sort((a, b) => b.shared - a.shared)
    .slice(0, NAMED)
    .map(({ version }) => version);
}

function sharedStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}
