/**
 * Which policies this build can read, as one word. The proxy says it with every acknowledgement: an apply of another
 * build must not hand it a policy that it would refuse, and moves it first.
 */
import { createHash } from 'node:crypto';
import { artifactSchema } from './format.js';
import { ruleKeywords } from './rule.js';

/** Raised by hand when something that stays in its form comes to mean something else. */
const MEANING = 1;

let known: string | null = null;

export function knownForm(): string {
  known ??= createHash('sha256')
    .update(JSON.stringify([MEANING, artifactSchema, ruleKeywords()]))
    .digest('hex')
    .slice(0, 16);
  return known;
}
