/** Patterns of argument rules, matched in linear time (RE2 semantics), so that no argument can stall the proxy. */
import { re2 } from './re2-library.js';

/** Characters; RE2 is linear but not fast, and one call must not hold up the others. */
const LONGEST = 64 * 1024;
/** Of all texts of one call, as often as they are tried. */
const MOST_IN_ALL = 256 * 1024;

export class PatternInputTooLong extends Error {
  override readonly name = 'PatternInputTooLong';
  constructor(longest = LONGEST) {
    super(`longer than ${longest} characters, which is more than a pattern is tried on`);
  }
}

/** Throws where the pattern is not RE2's. Searches anywhere in the text, as JSON Schema's `pattern` does. */
export function compilePattern(pattern: string): { test(text: string): boolean } {
  const compiled = re2().RE2JS.compile(pattern);
  return {
    test(text) {
      // Thrown, not false: under `not` a false would allow.
      if (text.length > LONGEST) throw new PatternInputTooLong();
      return compiled.matcher(text).find();
    },
  };
}

/** Patterns that are tried together: on no more than that before they begin anew. */
export class PatternBudget {
  #left = MOST_IN_ALL;

  begin(): void {
    this.#left = MOST_IN_ALL;
  }

  /** As `compilePattern`. */
  readonly compile = (pattern: string): { test(text: string): boolean } => {
    const compiled = compilePattern(pattern);
    return {
      test: (text) => {
        this.#left -= text.length;
        if (this.#left < 0) throw new PatternInputTooLong(MOST_IN_ALL);
        return compiled.test(text);
      },
    };
  };
}
