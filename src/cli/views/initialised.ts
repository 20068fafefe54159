/** What `init` says: what it wrote, and every command from there to the first call. */
import type { Initialised } from '../../workflow/init.js';
import type { Palette } from '../palette.js';

/** @param dir as given with `-C`; null: the folder of the shell. */
export function initialised(done: Initialised, dir: string | null, palette: Palette): string {
  const shown = (file: string): string => (dir === null ? file : `${dir.replace(/\/+$/, '')}/${file}`);
  const steps: [command: string, why: string][] = [
    ...(dir === null ? [] : [[`cd ${dir}`, 'the commands below work in the folder they run in'] as [string, string]]),
    ['toolcrib validate', 'check what you edit; it says what is wrong, where, and how to mend it'],
    ['toolcrib lock', 'pin the servers and record what their tools say; review and commit the lock'],
    ['toolcrib plan', 'see what would change on the engine, and who would gain which access'],
    [
      'toolcrib token issue reader > token.txt',
      'a token for the agent `reader`; commit toolbox.tokens/, never token.txt',
    ],
    ['toolcrib apply', 'start it all; asks first'],
    ['toolcrib status', 'see that it runs'],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return [
    `Wrote ${done.files.map(shown).join(' and ')} (project ${palette.strong(done.name)}).`,
    '',
    'From here to the first call:',
    ...steps.map(
      ([command, why]) =>
        `  ${palette.strong(command)}${' '.repeat(width - command.length)}  ${palette.faint(`# ${why}`)}`,
    ),
    '',
    'Then connect an MCP client to http://127.0.0.1:7411/mcp with the token, for example:',
    ...CLIENT.map((line) => `  ${line}`),
    '',
    'and see who called what:',
    `  ${palette.strong('toolcrib audit')}`,
  ].join('\n');
}

/** The form that most clients read (`.mcp.json` and its like). */
const CLIENT = [
  '{"mcpServers": {"toolcrib": {',
  '  "type": "http",',
  '  "url": "http://127.0.0.1:7411/mcp",',
  '  "headers": {"Authorization": "Bearer <content of token.txt>"}',
  '}}}',
];
