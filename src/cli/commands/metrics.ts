/** `toolcrib metrics` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

const OLD_MS = 60_000;

export const metricsCommand: Command = {
  name: 'metrics',
  summary: "print what the proxy counts, in Prometheus' text, without a port for it",
  details:
    "Read through the engine's API from a file that the proxy writes every 15 s in which something has changed. For a Prometheus that scrapes by itself declare `project.proxy.admin`; with the textfile collector of its node exporter this command is enough.",
  arguments: [],
  options: [JSON_OPTION],
  examples: ['toolcrib metrics', 'toolcrib metrics > /var/lib/node_exporter/toolcrib.prom'],
  async run({ context, terminal, json }) {
    const { metrics, samplesIn } = await import('../../workflow/metrics.js');
    const { text, written } = await metrics(context);
    if (json) terminal.json({ written, samples: samplesIn(text) });
    else terminal.data(text.trimEnd());
    const age = context.now().getTime() - Date.parse(written);
    if (age > OLD_MS && !json)
      terminal.note(`Nothing has changed since ${written}, or the proxy does not run (toolcrib status).`);
    return Exit.ok;
  },
};
