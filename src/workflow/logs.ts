/** `toolcrib logs`: what the bridge logged of one server, read through the engine's API. */
import type { LogLine } from '../bridge/protocol.js';
import { fail } from '../diagnostics/failure.js';
import type { ReadEngine } from '../engine/engine.js';
import { isOurs } from '../docker/ownership.js';
import { LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Context } from './context.js';
import { load, openEngine } from './context.js';
import { requireDeclared } from './require-declared.js';

export type ServerLogLine = LogLine & { server: string };

export interface LogsOptions {
  server: string;
  follow: boolean;
  /** null: all that is kept. */
  tail: number | null;
  /** Ends following. */
  signal: AbortSignal;
}

/** The engine keeps 30 MB of the bridge's log; more lines than this are no log that anybody reads at once. */
const KEPT = 200_000;

export async function* logs(context: Context, options: LogsOptions): AsyncGenerator<ServerLogLine> {
  const { config } = await load(context);
  requireDeclared(config, 'server', options.server);
  const engine = await openEngine(context, config.project);
  const bridge = await findBridge(engine, config.project);
  const kept: ServerLogLine[] = [];
  for await (const line of linesOf(engine, bridge, options.server, {})) {
    kept.push(line);
    if (kept.length > 2 * KEPT) kept.splice(0, KEPT);
  }
  yield* options.tail === null ? kept : kept.slice(kept.length - Math.min(options.tail, kept.length));
  if (!options.follow) return;
  // The engine counts `since` in whole seconds, so what was seen comes again.
  const latest = kept.at(-1)?.time ?? '';
  const seen = new Set(kept.filter((line) => line.time === latest).map((line) => JSON.stringify(line)));
  const since = latest === '' ? Math.floor(context.now().getTime() / 1000) : Math.floor(Date.parse(latest) / 1000);
  for await (const line of linesOf(engine, bridge, options.server, { follow: true, since, signal: options.signal })) {
    if (line.time > latest || (line.time === latest && !seen.has(JSON.stringify(line)))) yield line;
  }
}

async function findBridge(engine: ReadEngine, project: ProjectIdentity): Promise<string> {
  const found = await engine.listContainers([`${LABEL.projectId}=${project.id}`, `${LABEL.address}=bridge`]);
  const newest = found
    .filter((each) => each.labels[LABEL.generation] !== undefined && isOurs(each.labels, project))
    .sort((a, b) => Number(b.labels[LABEL.generation]) - Number(a.labels[LABEL.generation]))[0];
  return (
    newest?.id ??
    fail(
      'not_applied',
      'There is no bridge of this project on the engine, so no server has a log.',
      'Run `toolcrib apply` first.',
    )
  );
}

async function* linesOf(
  engine: ReadEngine,
  bridge: string,
  server: string,
  options: { follow?: boolean; since?: number; signal?: AbortSignal },
): AsyncGenerator<ServerLogLine> {
  for await (const { line } of engine.readLogs(bridge, options)) {
    const parsed = parseLine(line);
    if (parsed?.server === server) yield { ...parsed, server };
  }
}

/** null: not the bridge's (Node itself may say a word on stderr). */
function parseLine(line: string): LogLine | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return null;
    return 'time' in value && typeof value.time === 'string' && 'server' in value ? (value as LogLine) : null;
  } catch {
    return null;
  }
}
