/** Patterns of argument rules, matched in linear time (RE2 semantics), so that no argument can stall the proxy. */
import { re2 } from './re2-library.js';

/** Characters; RE2 is linear but not fast, and one call must not hold up the others. */
const LONGEST = 64 * 1024;

export class PatternInputTooLong extends Error {
  override readonly name = 'PatternInputTooLong';
  constructor() {
    super(`longer than ${LONGEST} characters, which is more than a pattern is tried on`);
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
