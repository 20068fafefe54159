/** Values of fields as people write them in toolbox.yaml, on one line and with nothing in them that could not be seen. */
import { visible } from '../../diagnostics/visible.js';

const SIZES: ReadonlySet<string> = new Set([
  'memory',
  'swap',
  'memory_reservation',
  'kernel_memory',
  'kernel_memory_tcp',
]);
/** Where the engine says 0 of what nobody bounded. */
const UNLIMITED: ReadonlySet<string> = new Set(['cpus', 'pids']);
const LONGEST = 160;

/** @param field as changes name it: it tells a size from a count. */
export function inWords(field: string, value: unknown): string {
  if (value === null || value === undefined || isEmptyList(value)) return '(none)';
  if (value === 0 && UNLIMITED.has(field)) return 'no limit';
  if (typeof value === 'number') return SIZES.has(field) ? bytes(value) : String(value);
  if (typeof value === 'string') return shortened(text(value, /^$|^\s|\s$/));
  if (Array.isArray(value)) return shortened(`[${value.map((each) => text(each, /^$|^\s|\s$|[[\]",]/)).join(', ')}]`);
  return shortened(visible(JSON.stringify(value)));
}

/** Exact: a whole number of the largest unit that fits, `256Mi`. 0 is no limit, -1 the engine's way to say so. */
export function bytes(value: number): string {
  if (value <= 0) return 'no limit';
  const units: [string, number][] = [
    ['Gi', 1024 ** 3],
    ['Mi', 1024 ** 2],
    ['Ki', 1024],
  ];
  const unit = units.find(([, size]) => value % size === 0);
  return unit ? `${value / unit[1]}${unit[0]}` : `${value} bytes`;
}

/** Quoted only where it could be taken for something else. */
function text(value: unknown, ambiguous: RegExp): string {
  if (typeof value !== 'string') return visible(JSON.stringify(value));
  return visible(ambiguous.test(value) ? JSON.stringify(value) : value);
}

function isEmptyList(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Digests to 12 digits; what is still too long for a line is cut. */
function shortened(text: string): string {
  const short = text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
  return short.length > LONGEST ? `${short.slice(0, LONGEST)}…` : short;
}
