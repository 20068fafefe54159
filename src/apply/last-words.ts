/** What a server last said on stderr, out of the bridge's log. */
import type { ReadEngine } from '../engine/engine.js';

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

interface BridgeLogLine {
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
