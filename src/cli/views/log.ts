/** One line of a server's log for people: the bridge's own events stand out from what the server said. */
import type { ServerLogLine } from '../../workflow/logs.js';
import type { Palette } from '../palette.js';
import { visible } from '../../diagnostics/visible.js';

export function logText(line: ServerLogLine, palette: Palette): string {
  const head = palette.faint(`${line.time} ${line.server}@${line.generation ?? '?'}`);
  if (line.stderr !== undefined)
    return `${head} ${visible(line.stderr.replaceAll('\t', '  '))}${line.truncated ? '…' : ''}`;
  const detail = line.detail ? `: ${visible(line.detail)}` : '';
  return `${head} ${palette.strong(`* ${visible(line.event ?? '')}`)}${detail}`;
}
