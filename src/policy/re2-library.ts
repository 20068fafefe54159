/** RE2 in JavaScript, loaded by the first pattern: most rules have none. */
import { createRequire } from 'node:module';
import type * as library from 're2js';

type Library = typeof library;

let loaded: Library | null = null;

/** `scripts/build.mjs` makes the package a file of its own, and this the way to it. */
const load = (): Library => createRequire(import.meta.url)('re2js') as Library;
export const re2 = (): Library => (loaded ??= load());
