/** A time on the command line: a length of time before now, or an ISO 8601 time. */
import { fail } from '../diagnostics/failure.js';
import { parseDuration } from './duration.js';

/** @param option as written, for what is said when it is neither. */
export function moment(option: string, text: string | null, now: Date): Date | null {
  if (text === null) return null;
  const seconds = parseDuration(text);
  const at = seconds !== null ? now.getTime() - seconds * 1000 : /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at);
  return fail(
    'invalid_option',
    `${option} takes a length of time or an ISO 8601 time, and \`${text}\` is neither.`,
    `Write for example \`${option} 2h\` or \`${option} 2027-01-31T08:00:00Z\`.`,
  );
}
