/** Reads an acknowledgement. Whoever has taken the proxy over writes it, so nothing in it is taken on trust but its meaning. */
import type { Ack, GenerationStatus } from '../model/ack.js';

const STATES: readonly string[] = ['starting', 'ready', 'failed'] satisfies GenerationStatus['state'][];

/** Missing parts read as empty, strange ones are left out; null: no acknowledgement at all. */
export function parseAck(text: string): Ack | null {
  const said = parse(text);
  if (!said || !isCount(said.seq) || typeof said.digest !== 'string') return null;
  const generations = isObject(said.generations) ? Object.entries(said.generations) : [];
  return {
    boot: textOf(said.boot),
    time: textOf(said.time),
    ...(typeof said.form === 'string' && { form: said.form }),
    seq: said.seq,
    digest: said.digest,
    refused: textOrNull(said.refused),
    revoked: texts(said.revoked),
    generations: Object.fromEntries(
      generations.flatMap(([key, value]) => (isObject(value) ? [[key, status(value)]] : [])),
    ),
  };
}

function status(said: Record<string, unknown>): GenerationStatus {
  const known = typeof said.state === 'string' && STATES.includes(said.state);
  return {
    state: known ? (said.state as GenerationStatus['state']) : 'starting',
    code: textOrNull(said.code),
    reason: textOrNull(said.reason),
    restarts: isCount(said.restarts) ? said.restarts : 0,
    since: textOf(said.since),
    quarantined: texts(said.quarantined),
    extra: texts(said.extra),
    missing: texts(said.missing),
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
