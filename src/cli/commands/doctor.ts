/** `toolcrib doctor` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'say what engine, machine and project lack, and how to mend it',
  details: 'Reads only. Ends with 1 where something is broken; a warning is no failure.',
  options: [JSON_OPTION],
  examples: ['toolcrib doctor', 'toolcrib doctor --json'],
  async run({ context, terminal, json }) {
    const { doctor } = await import('../../workflow/doctor.js');
    const report = await doctor(context);
    if (json) terminal.json(report);
    else {
      const { doctorText } = await import('../views/doctor.js');
      terminal.data(doctorText(report, terminal.palette));
    }
    return report.healthy ? Exit.ok : Exit.error;
  },
};
