/** `toolcrib token revoke` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { argument, JSON_OPTION } from '../command.js';

export const tokenRevokeCommand: Command = {
  name: 'token revoke',
  summary: 'end a token, for ever',
  details:
    'Writes the time into toolbox.tokens/ID.yaml, which the next apply enforces; `--now` tells the live proxy at once as well.',
  arguments: [{ name: 'id', description: 'the id, as `token list` shows it: the part after `tcb_`' }],
  options: [{ flags: '--now', description: 'tell the live proxy at once' }, JSON_OPTION],
  examples: ['toolcrib token revoke k3v9q0x7ab', 'toolcrib token revoke k3v9q0x7ab --now'],
  async run(call) {
    const { context, terminal, options, json } = call;
    const { revokeToken } = await import('../../workflow/token.js');
    const { record, file, live } = await revokeToken(context, { id: argument(call, 0), now: options.flag('now') });
    if (json) terminal.json({ id: record.id, agent: record.agent, revoked: record.revoked, file, live });
    else {
      terminal.data(`Revoked ${record.id} of ${record.agent}${live ? ': the live proxy was told, too' : ''}.`);
      terminal.next(live ? `commit ${file}` : `commit ${file}, then toolcrib apply enforces it`);
    }
    return Exit.ok;
  },
};
