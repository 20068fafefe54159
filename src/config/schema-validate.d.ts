/** Types of the compiled schema (scripts/generate-validator.mjs). */
import type { Toolbox } from './schema-types.js';

export interface ShapeError {
  /** JSON Pointer (RFC 6901) into the value. */
  instancePath: string;
  schemaPath: string;
  keyword: string;
  params: Readonly<Record<string, unknown>>;
}

export interface Validate {
  (value: unknown): value is Toolbox;
  errors?: ShapeError[] | null;
}

export declare const validate: Validate;
