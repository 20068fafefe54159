/** `toolcrib unlock` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { visible } from '../../diagnostics/visible.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const unlockCommand: Command = {
  name: 'unlock',
  summary: 'end a lock that a stuck apply holds, after showing whose it is',
  details:
    'A lock goes with its holder, even a killed one. This is for a holder that hangs, or whose machine is cut off. It stops after the step that runs; the next apply continues.',
  arguments: [{ name: 'id', description: 'the lock that is meant, as it was shown', optional: true }],
  options: [{ flags: '--auto-approve', description: 'do not ask; takes an id' }, JSON_OPTION],
  examples: ['toolcrib unlock', 'toolcrib unlock 3f1c0a9d77e2 --auto-approve'],
  async run(call) {
    const { context, terminal, options, json } = call;
    const { unlock } = await import('../../workflow/unlock.js');
    const { lock, removed } = await unlock(context, {
      id: call.arguments[0] ?? null,
      autoApprove: options.flag('autoApprove'),
      show: (held) => terminal.note(`Lock ${held.id} is held by ${visible(held.holder)}, for ${held.age}.`),
    });
    if (json) terminal.json({ lock, removed });
    else if (!lock) terminal.data('Nobody holds the lock.');
    else {
      terminal.data(removed ? `Unlocked: ${lock.id} is gone.` : 'The lock was left alone.');
      if (removed) terminal.next('toolcrib apply, which continues where the other stopped');
    }
    return lock && !removed ? Exit.error : Exit.ok;
  },
};
