/** What was given on a command line, read with types. A value that cannot be read is one clear error. */
import { fail } from '../diagnostics/failure.js';
import { parseDuration } from './duration.js';

export class Options {
  /** @param values by camel-cased name, as the parser hands them over. */
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  /** `flag('detailedExitcode')` */
  flag(name: string): boolean {
    return this.values[name] === true;
  }

  /** False only where `--no-NAME` was given. */
  allowed(name: string): boolean {
    return this.values[name] !== false;
  }

  text(name: string): string | null {
    const value = this.values[name];
    return typeof value === 'string' ? value : null;
  }

  texts(name: string): string[] {
    const value = this.values[name];
    return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
  }

  /** Seconds. */
  duration(name: string, flag: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    return (
      parseDuration(text) ??
      fail(
        'invalid_option',
        `${flag} takes a length of time, and \`${text}\` is none.`,
        `Write for example \`${flag} 30s\` or \`${flag} 5m\`.`,
      )
    );
  }

  /** A whole number of at least `least`. */
  count(name: string, flag: string, least: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    if (value >= least) return value;
    return fail(
      'invalid_option',
      `${flag} takes a whole number from ${least} on, and \`${text}\` is none.`,
      `Write for example \`${flag} ${Math.max(least, 10)}\`.`,
    );
  }
}
