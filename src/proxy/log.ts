/**
 * What the roles write on stdout, where the engine keeps it: pino's JSON lines, one object each. A line says what
 * happened and to whom, never with what; should a token stand in one all the same, it is blotted out where it is written.
 */
import pino from 'pino';

export const LOG_LEVELS = ['info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whatever is not here is as it should be. */
const LEVEL_OF: Readonly<Record<string, 'warn' | 'error' | 'fatal'>> = {
  crashed: 'fatal',
  error: 'error',
  failed: 'error',
  audit_unwritable: 'error',
  ack_unwritable: 'error',
  policy_refused: 'error',
  left_behind: 'error',
  reap_failed: 'error',
  bad_output: 'warn',
  closed: 'warn',
  issuer_unreachable: 'warn',
  quarantined: 'warn',
  refused: 'warn',
  relist_failed: 'warn',
  stderr_dropped: 'warn',
  telemetry_lost: 'warn',
  unfit: 'warn',
};

/** What the log is the only place of: it is written at every level. */
const KEPT: ReadonlySet<string> = new Set(['audit_checkpoint']);

/** Toolcrib's own tokens (model/token.ts), bearers, and the three parts of a JWT. */
const SECRETS = /tcb_[0-9a-z]+_[A-Za-z0-9_-]+|(?<=[Bb]earer )[^"\s\\]+|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g;

export interface Destination {
  write(text: string): void;
}

/** @param destination stands in for stdout in tests. */
export function roleLog(level: LogLevel, destination: Destination = pino.destination({ fd: 1, sync: true })) {
  const logger = pino(
    {
      level: 'trace',
      base: null,
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (text) => text.replace(SECRETS, '(redacted)') },
    },
    destination,
  );
  const least = pino.levels.values[level] ?? 0;
  return (line: object): void => {
    const event = 'event' in line && typeof line.event === 'string' ? line.event : null;
    const own = LEVEL_OF[event ?? ''] ?? 'info';
    // What a server says on stderr has no event, and `toolcrib logs` reads it here.
    if (event !== null && !KEPT.has(event) && (pino.levels.values[own] ?? 0) < least) return;
    logger[own]('time' in line ? line : { time: new Date().toISOString(), ...line });
  };
}

export function logLevel(said: string | undefined): LogLevel {
  return LOG_LEVELS.find((level) => level === said) ?? 'info';
}
