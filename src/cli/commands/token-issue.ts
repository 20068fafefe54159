/** `toolcrib token issue` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { fail } from '../../diagnostics/failure.js';
import type { Command } from '../command.js';
import { argument, JSON_OPTION } from '../command.js';
import { parseDuration } from '../duration.js';

const DEFAULT_LIFE = '90d';

export const tokenIssueCommand: Command = {
  name: 'token issue',
  summary: 'make a token for an agent; printed once, kept nowhere',
  details:
    'Prints the token, and nothing else, on stdout, and writes toolbox.tokens/ID.yaml with its SHA-256. Commit that file; the next apply makes the token valid.',
  arguments: [{ name: 'agent', description: 'whose token' }],
  options: [
    {
      flags: '--expires <time>',
      description: `how long it is valid: a length such as 90d, a date, or \`never\` (default: ${DEFAULT_LIFE})`,
    },
    { flags: '--label <text>', description: 'what it is for' },
    JSON_OPTION,
  ],
  examples: [
    'toolcrib token issue reader > token.txt',
    'toolcrib token issue reader --expires 30d --label "laptop of Ada"',
  ],
  async run(call) {
    const { context, terminal, options, json } = call;
    const expires = expiry(options.text('expires') ?? DEFAULT_LIFE, context.now());
    const { issueToken } = await import('../../workflow/token.js');
    const { token, record, file } = await issueToken(context, {
      agent: argument(call, 0),
      expires,
      label: options.text('label'),
    });
    if (json) terminal.json({ token, id: record.id, agent: record.agent, expires: record.expires, file });
    else {
      terminal.data(token);
      terminal.note(
        `Wrote ${file}${record.expires ? `; the token expires ${record.expires}` : ''}. The token is shown only this once.`,
      );
      terminal.next(`commit ${file}, then toolcrib apply makes the token valid`);
    }
    return Exit.ok;
  },
};

/** A bare date means its end in UTC, as in toolbox.yaml. */
function expiry(text: string, now: Date): Date | null {
  if (text === 'never') return null;
  const seconds = parseDuration(text);
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text;
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const at = seconds !== null ? now.getTime() + seconds * 1000 : isDate ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(at) || at > 8.64e15) {
    return fail(
      'invalid_option',
      `--expires takes a length of time, a date or \`never\`, and \`${text}\` is none.`,
      'Write for example `--expires 90d` or `--expires 2027-06-30`.',
    );
  }
  if (at > now.getTime()) return new Date(at);
  return fail(
    'invalid_option',
    `\`--expires ${text}\` is not in the future, so the token would never be valid.`,
    'Write for example `--expires 90d`.',
  );
}
