/** The stream of JSON messages with which the engine reports a build or a pull (moby, jsonmessage). */
import type { Readable } from 'node:stream';
import { createLines } from './lines.js';

export interface ProgressMessage {
  stream?: string;
  status?: string;
  id?: string;
  progress?: string;
  error?: string;
  errorDetail?: { message?: string };
  aux?: { ID?: string };
}

export async function* progressMessages(response: Readable): AsyncGenerator<ProgressMessage> {
  const lines = createLines();
  for await (const chunk of response as AsyncIterable<Buffer>) yield* parsed(lines.push(chunk));
  yield* parsed(lines.end());
}

function* parsed(lines: string[]): Generator<ProgressMessage> {
  for (const line of lines) {
    if (line.trim() === '') continue;
    const message = parse(line);
    if (message) yield message;
  }
}

function parse(line: string): ProgressMessage | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null; // a line cut for its length; no message of ours is that long
  }
}

export function errorIn(message: ProgressMessage): string | null {
  return message.errorDetail?.message ?? message.error ?? null;
}
