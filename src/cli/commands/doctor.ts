/** `toolcrib doctor` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'say what engine, machine and project lack, and how to mend it',
  details:
    'Reads only, unless --probe tells it to try what cannot be read. Ends with 1 where something is broken; a warning is no failure.',
  options: [
    {
      flags: '--probe',
      description: 'try it: a hardened container, a network and the port are made, and removed again',
    },
    JSON_OPTION,
  ],
  examples: ['toolcrib doctor', 'toolcrib doctor --probe', 'toolcrib doctor --json'],
  async run({ context, terminal, json, options }) {
    const { doctor } = await import('../../workflow/doctor.js');
    const report = await doctor(context, options.flag('probe'));
    if (json) terminal.json(report);
    else {
      const { doctorText } = await import('../views/doctor.js');
      terminal.data(doctorText(report, terminal.palette));
    }
    return report.healthy ? Exit.ok : Exit.error;
  },
};
