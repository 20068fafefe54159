/** What the schema says about a place: for wording problems, never for finding them. */
import schemaDocument from '../../schemas/toolbox.schema.json' with { type: 'json' };
import type { Path } from './yaml-file.js';

export interface Schema {
  $ref?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  pattern?: string;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  oneOf?: Schema[];
  required?: string[];
}

export interface Found {
  schema: Schema;
  /** Last name under `$defs` on the way: `name`, `size`. */
  definition: string | null;
}

const root = schemaDocument as unknown as Schema & { $defs: Record<string, Schema> };

/** The schema of the value at the path. */
export function schemaAt(path: Path): Found {
  let found = resolve(root);
  for (const step of path) {
    const { schema } = found;
    const next = typeof step === 'number' ? schema.items : (property(schema, step) ?? schema.additionalProperties);
    if (typeof next !== 'object') return { schema: {}, definition: null };
    found = resolve(next);
  }
  return found;
}

export function resolve(schema: Schema): Found {
  const name = schema.$ref?.replace('#/$defs/', '');
  if (name === undefined) return { schema, definition: null };
  const { definition, schema: target } = resolve(root.$defs[name] ?? {});
  return { schema: target, definition: definition ?? name };
}

function property(schema: Schema, name: string): Schema | undefined {
  return schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
}

/** Tables whose entries have names that a user chose. */
export function isTable(schema: Schema): boolean {
  return typeof schema.additionalProperties === 'object';
}
