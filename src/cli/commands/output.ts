/** `toolcrib output` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { nameOf } from '../../model/address.js';
import type { OutputReport } from '../../workflow/output.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { table } from '../table.js';

export const outputCommand: Command = {
  name: 'output',
  summary: 'print the addresses that agents connect to, as declared; asks no engine',
  options: [JSON_OPTION],
  examples: ['toolcrib output', 'toolcrib output --json'],
  async run({ context, terminal, json }) {
    const { output } = await import('../../workflow/output.js');
    const report = await output(context);
    if (json) terminal.json(report);
    else {
      terminal.data(outputText(report));
      terminal.next('toolcrib token issue AGENT makes a token for one');
    }
    return Exit.ok;
  },
};

export function outputText(report: OutputReport): string {
  const rows = [
    ['everything', '', report.endpoint],
    ...Object.entries(report.toolboxes).map(([name, url]) => ['toolbox', name, url]),
    ...Object.entries(report.servers).map(([name, url]) => ['server', name, url]),
    ['health', '', report.health],
    ['ready', '', report.ready],
  ];
  const agents = report.agents.map(({ address, servers }) => [
    nameOf(address),
    Object.keys(servers).length === 0 ? 'nothing yet' : Object.keys(servers).join(', '),
  ]);
  return [
    `The proxy of ${report.project} listens on ${report.listen.host}:${report.listen.port}.`,
    '',
    ...table(['WHAT', 'NAME', 'ADDRESS'], rows),
    '',
    ...table(['AGENT', 'MAY USE'], agents),
  ].join('\n');
}
