/** `toolcrib token list` for people. */
import type { ListedToken } from '../../workflow/token.js';
import type { Palette } from '../palette.js';
import { visible } from '../../diagnostics/visible.js';
import { table } from '../table.js';

export function tokensText(tokens: readonly ListedToken[], palette: Palette): string {
  if (tokens.length === 0) return 'No tokens. `toolcrib token issue AGENT` makes one.';
  const paint = { valid: palette.good, expired: palette.warning, revoked: palette.error };
  return table(
    ['ID', 'AGENT', 'STATE', 'CREATED', 'EXPIRES', 'LABEL'],
    tokens.map((token) => [
      token.id,
      token.agent,
      paint[token.state](token.state),
      token.created,
      token.expires ?? 'never',
      visible(token.label ?? ''),
    ]),
  ).join('\n');
}
