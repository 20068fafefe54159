/** `toolcrib version` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const versionCommand: Command = {
  name: 'version',
  summary: 'print the version',
  options: [JSON_OPTION],
  examples: ['toolcrib version', 'toolcrib version --json'],
  standalone: true,
  async run({ context, terminal, io, json }) {
    const { version } = await import('../../workflow/version.js');
    const report = version(context, {
      node: io.runtime.version,
      platform: `${io.runtime.platform}/${io.runtime.arch}`,
    });
    if (json) terminal.json(report);
    else terminal.data(`toolcrib ${report.toolcrib}`);
    return Exit.ok;
  },
};
