/** Both sides of the differ as flat maps, `env.LOG_LEVEL` → value, made from the table of fields. */
import type { Json } from '../../model/definitions.js';
import type { Row } from './row.js';
import { rows } from './table.js';
import type { Expected, Live } from './sides.js';

export type Projection = Map<string, { row: Row; value: Json }>;

export function expectedFields(expected: Expected): Projection {
  return project((row) => row.expected(expected));
}

export function liveFields(live: Live): Projection {
  return project((row) => row.live(live));
}

function project(read: (row: Row) => Json): Projection {
  const projection: Projection = new Map();
  for (const row of rows) {
    const value = read(row);
    if (!row.each) {
      projection.set(row.field, { row, value });
      continue;
    }
    const entries = Object.entries(value as Record<string, Json>).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, one] of entries) projection.set(`${row.field}.${key}`, { row, value: one });
  }
  return projection;
}
