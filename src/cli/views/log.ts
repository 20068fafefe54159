/** One line of a server's log for people: the bridge's own events stand out from what the server said. */
import type { ServerLogLine } from '../../workflow/logs.js';
import type { Palette } from '../palette.js';
import { printable } from '../printable.js';

export function logText(line: ServerLogLine, palette: Palette): string {
  const head = palette.faint(`${line.time} ${line.server}@${line.generation ?? '?'}`);
  if (line.stderr !== undefined) return `${head} ${printable(line.stderr)}${line.truncated ? '…' : ''}`;
  const detail = line.detail ? `: ${printable(line.detail)}` : '';
  return `${head} ${palette.strong(`* ${printable(line.event ?? '')}`)}${detail}`;
}
