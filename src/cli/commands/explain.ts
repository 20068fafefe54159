/** `toolcrib explain` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { fail } from '../../diagnostics/failure.js';
import type { JsonObject } from '../../model/definitions.js';
import type { Command } from '../command.js';
import { argument, JSON_OPTION } from '../command.js';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'say whether a call would be allowed, and which rule decides; asks no engine',
  arguments: [
    { name: 'agent', description: 'who calls' },
    { name: 'server', description: 'which server' },
    { name: 'tool', description: "the server's own name of the tool or prompt; a URI; sampling, elicitation or roots" },
  ],
  options: [
    { flags: '--arguments <json>', description: 'arguments of the call, as a JSON object (default: {})' },
    {
      flags: '--kind <kind>',
      description: 'what the third argument names: `request` is what the server may ask of the agent (default: tool)',
      choices: ['tool', 'prompt', 'resource', 'request'],
    },
    JSON_OPTION,
  ],
  examples: [
    'toolcrib explain reader files read_text_file',
    `toolcrib explain reader files read_text_file --arguments '{"path":"/data/welcome.md"}'`,
    'toolcrib explain reader files file:///data/welcome.md --kind resource',
  ],
  async run(call) {
    const { context, terminal, json } = call;
    const values = parseArguments(call.options.text('arguments') ?? '{}');
    const { explain } = await import('../../workflow/explain.js');
    const report = await explain(context, {
      agent: argument(call, 0),
      server: argument(call, 1),
      tool: argument(call, 2),
      arguments: values,
      kind: (call.options.text('kind') ?? 'tool') as 'tool' | 'prompt' | 'resource' | 'request',
    });
    if (json) terminal.json(report);
    else {
      const { explainText } = await import('../views/explain.js');
      terminal.data(explainText(report, terminal.palette));
    }
    return Exit.ok;
  },
};

function parseArguments(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return fail(
      'invalid_option',
      `--arguments is not JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
      `Quote it for the shell: \`--arguments '{"path":"/data/a.txt"}'\`.`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  return fail(
    'invalid_option',
    '--arguments is JSON, but no object.',
    `Give the arguments by name: \`--arguments '{"path":"/data/a.txt"}'\`.`,
  );
}
