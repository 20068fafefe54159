/** `toolcrib schema`: the JSON Schema of toolbox.yaml, as it lies in the package. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../diagnostics/failure.js';
import type { Context } from './context.js';

export async function schema(context: Context): Promise<string> {
  const file = join(context.distribution, '..', 'schemas', 'toolbox.schema.json');
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    return fail(
      'file_unreadable',
      `The schema of this installation cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Install toolcrib again: its package holds the folder `schemas` beside the program.',
    );
  }
}
