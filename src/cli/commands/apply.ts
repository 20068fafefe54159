/** `toolcrib apply` */
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { SCOPE_OPTIONS } from './plan.js';
import { APPLY_OPTIONS, runApply } from './converge.js';

export const applyCommand: Command = {
  name: 'apply',
  summary: 'plan, ask, and make the engine so',
  details:
    'Access that goes is gone first; new access comes only when its server has proved to be what the lock says. Ctrl-C finishes the running step and stops; a new apply continues.',
  arguments: [
    { name: 'file', description: 'a plan that `plan --out` saved: applied as it is, without asking', optional: true },
  ],
  options: [...APPLY_OPTIONS, ...SCOPE_OPTIONS, JSON_OPTION],
  examples: ['toolcrib apply', 'toolcrib apply plan.toolcrib', 'toolcrib apply --auto-approve --lock-timeout 5m'],
  finishesStep: true,
  run: (call) => runApply(call, { destroy: false, volumes: false }),
};
