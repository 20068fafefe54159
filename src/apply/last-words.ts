/** What a server last said on stderr, out of the bridge's log; and what a role itself last said. */
import { isOurs } from '../docker/ownership.js';
import type { ReadEngine } from '../engine/engine.js';
import { LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';

const LOOK_BACK = 400;
const SHOWN = 12;

export async function lastWords(
  engine: ReadEngine,
  bridge: string,
  generation: { server: string; generation: number },
): Promise<string[]> {
  const words: string[] = [];
  for await (const { line } of engine.readLogs(bridge, { tail: LOOK_BACK })) {
    const entry = parse(line);
    if (
      entry?.server === generation.server &&
      entry.generation === generation.generation &&
      entry.stderr !== undefined
    ) {
      words.push(entry.stderr);
    }
  }
  return words.slice(-SHOWN);
}

/** What one of Toolcrib's own containers last wrote: its events in words, anything else as it is. */
export async function ownLastWords(engine: ReadEngine, id: string): Promise<string[]> {
  const words: string[] = [];
  for await (const { line } of engine.readLogs(id, { tail: SHOWN })) {
    const entry = parse(line);
    words.push(...(entry?.event === undefined ? line : `${entry.event}: ${entry.detail ?? ''}`).split('\n'));
  }
  return words.filter((line) => line.trim() !== '').slice(-SHOWN);
}

/**
 * What the proxy that runs last wrote; empty: there is none. Other environments have the same id, and proxies of their own.
 * @param made containers of this run: one of them is preferred.
 */
export async function proxyLastWords(
  engine: ReadEngine,
  project: ProjectIdentity,
  made: ReadonlySet<string>,
): Promise<string[]> {
  const listed = await engine.listContainers([`${LABEL.projectId}=${project.id}`, `${LABEL.address}=proxy`]);
  const own = listed.filter(({ labels }) => isOurs(labels, project));
  const running = own.filter(({ state }) => state !== 'created' && state !== 'exited');
  const proxy = running.find(({ id }) => made.has(id)) ?? running[0] ?? own[0];
  return proxy ? ownLastWords(engine, proxy.id) : [];
}

/** To stand behind what is told of it; empty: it said nothing. */
export function asLastWords(words: readonly string[], where = ''): string {
  return words.length === 0 ? '' : `\nIts last words${where}:\n${words.map((line) => `  ${line}`).join('\n')}`;
}

interface BridgeLogLine {
  event?: string;
  detail?: string;
  server?: string;
  generation?: number;
  stderr?: string;
}

function parse(line: string): BridgeLogLine | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null; // the engine cut the line, or something else wrote to the log
  }
}
