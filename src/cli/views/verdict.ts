/** `toolcrib audit verify` for people: what holds, and how far. */
import { counted } from '../../diagnostics/counted.js';
import type { Verdict } from '../../audit/verify.js';
import { visible } from '../../diagnostics/visible.js';
import type { Palette } from '../palette.js';

export function verdictText(verdict: Verdict, palette: Palette): string {
  const { lines, first, last, checkpoints, kept, unsigned, mended, torn, key } = verdict;
  if (lines === 0) return 'The log is empty.';
  const notes = [
    `${counted(lines, 'line')}, number ${first ?? 0} to ${last ?? 0}; ${counted(checkpoints, 'signed checkpoint')} in it, ${kept} more that were kept elsewhere.`,
    unsigned === 0 ? 'All of it is signed.' : `The last ${counted(unsigned, 'line')} are chained, but not signed yet.`,
    ...(mended > 0 ? [`${counted(mended, 'torn line')} cut off when the proxy came back after a crash.`] : []),
    ...(torn ? ['The last line has no end: it is being written, or a crash tore it.'] : []),
    `Key: ${visible(key ?? 'none')}`,
  ];
  return [palette.strong(palette.good('The audit log is what was written.')), ...notes].join('\n');
}
