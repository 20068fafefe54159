/** `toolcrib connect` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { fail } from '../../diagnostics/failure.js';
import type { Command } from '../command.js';
import { argument } from '../command.js';

export const connectCommand: Command = {
  name: 'connect',
  summary: 'bridge stdio to the endpoint of an agent, for clients that only start commands',
  details:
    'Reads the token from TOOLCRIB_TOKEN or --token-file; it stands in no argument. stdout carries MCP messages and nothing else.',
  arguments: [{ name: 'agent', description: 'as whom' }],
  options: [
    { flags: '--stdio', description: 'speak MCP on stdin and stdout; must be said' },
    { flags: '--url <url>', description: 'an endpoint instead of the project’s; needs no project' },
    { flags: '--server <name>', description: 'only the share of one server, under its own names' },
    { flags: '--token-file <file>', description: 'a file that holds the token' },
  ],
  examples: ['toolcrib connect reader --stdio', 'toolcrib connect reader --stdio --token-file reader.token'],
  async run(call) {
    const { context, io, options, terminal } = call;
    if (!options.flag('stdio')) {
      fail('invalid_option', '`toolcrib connect` has one form: --stdio.', `Add --stdio.`);
    }
    const [{ connection }, { connectStdio }] = await Promise.all([
      import('../../workflow/connect.js'),
      import('../../wire/stdio-endpoint.js'),
    ]);
    const { url, token } = await connection(context, {
      agent: argument(call, 0),
      url: options.text('url'),
      server: options.text('server'),
      tokenFile: options.text('tokenFile'),
      token: io.env.TOOLCRIB_TOKEN,
    });
    await connectStdio(io.stdin as AsyncIterable<Buffer>, {
      url,
      token,
      write: (line) => {
        io.stdout.write(`${line}\n`);
      },
      complain: (text) => {
        io.stderr.write(`toolcrib connect: ${text}\n`);
      },
    });
    return terminal.closed.aborted ? Exit.error : Exit.ok;
  },
};
