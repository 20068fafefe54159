/** The YAML library, loaded by the first who needs it: a file that holds nothing unusual is read without (plain-yaml.ts). */
import { createRequire } from 'node:module';
import type * as library from 'yaml';
import type { Alias, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

type Library = typeof library;

let loaded: Library | null = null;

/** `scripts/build.mjs` makes the package a file of its own, and this the way to it. */
const load = (): Library => createRequire(import.meta.url)('yaml') as Library;
export const yaml = (): Library => (loaded ??= load());

export const isAlias = (node: unknown): node is Alias => yaml().isAlias(node);
export const isMap = (node: unknown): node is YAMLMap => yaml().isMap(node);
export const isPair = (node: unknown): node is Pair => yaml().isPair(node);
export const isScalar = (node: unknown): node is Scalar => yaml().isScalar(node);
export const isSeq = (node: unknown): node is YAMLSeq => yaml().isSeq(node);
