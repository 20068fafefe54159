/** What `lock` says: server by server and tool by tool, what a reviewer looks at. */
import { visible } from '../../diagnostics/visible.js';
import type { LockedChange, LockResult } from '../../workflow/lock.js';
import type { Palette } from '../palette.js';

export function lockedText(result: LockResult, check: boolean, palette: Palette): string {
  const changes = result.servers.filter((each) => each.action !== 'unchanged');
  const lines = changes.flatMap((each) => serverLines(each, palette));
  if (!result.changed) lines.push(palette.good('The lock is up to date: nothing changed.'));
  else if (changes.length === 0) lines.push('Only what servers are built on changed.');
  if (check && result.changed) lines.push('', palette.warning('The lock would change; nothing was written.'));
  else if (result.files.length > 0) lines.push('', `Wrote ${result.files.join(', ')}.`);
  return lines.join('\n');
}

function serverLines(change: LockedChange, palette: Palette): string[] {
  const tools = `${change.tools} ${change.tools === 1 ? 'tool' : 'tools'}`;
  const head = {
    added: palette.added('+'),
    changed: palette.changed('~'),
    removed: palette.removed('-'),
    unchanged: ' ',
  };
  const line = `${head[change.action]} ${palette.strong(change.address)}${change.action === 'removed' ? '' : ` (${tools})`}`;
  return [
    line,
    ...change.added.map((tool) => `    ${palette.added('+')} ${visible(tool)}`),
    ...change.altered.map((tool) => `    ${palette.changed('~')} ${visible(tool)}`),
    ...change.removed.map((tool) => `    ${palette.removed('-')} ${visible(tool)}`),
  ];
}
