/** Values of fields as people write them in toolbox.yaml, on one line and with nothing in them that could not be seen. */
import { visible } from '../diagnostics/visible.js';

const SIZES: ReadonlySet<string> = new Set(['memory', 'swap', 'memory_reservation']);
const LONGEST = 160;

/** @param field as changes name it: it tells a size from a count. */
export function inWords(field: string, value: unknown): string {
  if (value === null || value === undefined) return '(none)';
  if (typeof value === 'number') return SIZES.has(field) ? bytes(value) : String(value);
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : shortened(`[${value.map(word).join(', ')}]`);
  return shortened(word(value));
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
function word(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const plain = text !== '' && text.trim() === text && !/[[\]",]/.test(text);
  return visible(plain || typeof value !== 'string' ? text : JSON.stringify(text));
}

/** Digests to 12 digits; what is still too long for a line is cut. */
function shortened(text: string): string {
  const short = text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
  return short.length > LONGEST ? `${short.slice(0, LONGEST)}…` : short;
}
