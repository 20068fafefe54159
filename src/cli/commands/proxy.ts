/** `toolcrib proxy` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';

export const proxyCommand: Command = {
  name: 'proxy',
  summary: 'serve the declaration from the foreground, for development; edits are in force when they are saved',
  details:
    'Runs bridge and proxy as one process tree without containers of their own; the servers run in containers of a project of its own (NAME-dev), which go when it ends. The log is on stdout.',
  arguments: [],
  options: [
    { flags: '--state <dir>', description: 'keep policy and audit there (default: a folder that goes at the end)' },
  ],
  examples: ['toolcrib proxy', 'toolcrib proxy --state ./dev-state'],
  finishesStep: true,
  async run({ context, options, terminal }) {
    const [{ foreground }, { renderDiagnostics }] = await Promise.all([
      import('../../workflow/foreground.js'),
      import('../../diagnostics/render.js'),
    ]);
    await foreground(context, {
      state: options.text('state'),
      say: (text) => terminal.note(`toolcrib proxy: ${text}`),
      complain: (diagnostics) => terminal.note(renderDiagnostics(diagnostics)),
    });
    return Exit.ok;
  },
};
