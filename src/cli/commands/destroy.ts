/** `toolcrib destroy` */
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { APPLY_OPTIONS, runApply } from './converge.js';

export const destroyCommand: Command = {
  name: 'destroy',
  summary: 'remove everything of this project from the engine',
  details: 'Volumes with data and the audit log stay and are listed, unless `--volumes` is given.',
  options: [
    { flags: '--volumes', description: 'remove volumes with data and the audit log too' },
    ...APPLY_OPTIONS,
    JSON_OPTION,
  ],
  examples: ['toolcrib destroy', 'toolcrib destroy --auto-approve --volumes'],
  finishesStep: true,
  run: (call) => runApply(call, { destroy: true, volumes: call.options.flag('volumes') }),
};
