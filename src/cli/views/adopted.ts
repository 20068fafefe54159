/** What `adopt` found and wrote, what its replacement has otherwise, and the way to it. */
import { visible } from '../../diagnostics/visible.js';
import { inWords } from '../../plan/views/words.js';
import type { Adopted } from '../../workflow/adopt.js';
import type { Palette } from '../palette.js';

export function adoptedText(adopted: Adopted, palette: Palette): string {
  const { container, address, file, text, notes, differences } = adopted;
  const added = text.split('\n').map((line) => `  ${palette.good(`+ ${visible(line)}`)}`);
  const where = file === null ? 'Nothing was written; it would be declared as' : `Added to ${file}`;
  const block = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines]);
  return [
    `${where}: ${palette.strong(address)}, after the container ${palette.strong(container)}`,
    ...added,
    ...block(
      'Decided',
      notes.map((note) => `  ${visible(note)}`),
    ),
    ...block(
      'Its replacement differs from it',
      differences.map(
        ({ field, before, after }) => `  ${visible(field)}: ${inWords(field, before)} → ${inWords(field, after)}`,
      ),
    ),
    ...(file === null ? [] : block('From here to its replacement', steps(adopted, palette))),
  ].join('\n');
}

function steps(
  { address, container, shared, variables, removesItself }: Adopted,
  { strong, faint }: Palette,
): string[] {
  const name = address.slice('server.'.length);
  const stop: [string, string] = [
    `docker stop ${container}`,
    shared.length > 0 ? `it and its replacement would both write to ${shared.join(', ')}` : 'toolcrib never touches it',
  ];
  const apply: [string, string] = ['toolcrib apply', `starts ${address}; its volumes are mounted as they are`];
  const lines: [string, string][] = [
    ...variables.map((each): [string, string] => [
      `export TOOLCRIB_VAR_${each.replaceAll('-', '_')}=…`,
      'a value that the file must not hold',
    ]),
    [`toolcrib lock ${name}`, 'reads its tools, sealed off; review and commit'],
    ['(edit `agents:`)', 'grant its tools: nobody may call them yet'],
    ['toolcrib plan', 'shows what will be made, and who gains access'],
    // One that removes itself would take its nameless volumes along, unless another container holds them.
    ...(removesItself
      ? [apply, [stop[0], 'it removes itself then; the replacement holds its volumes'] as [string, string]]
      : [stop, apply]),
    ...(removesItself
      ? []
      : ([[`docker rm ${container}`, 'when you no longer want it back; without `-v`, which removes volumes']] as [
          string,
          string,
        ][])),
  ];
  const width = Math.max(...lines.map(([command]) => command.length));
  return lines.map(([command, why]) => `  ${strong(visible(command.padEnd(width)))}  ${faint(`# ${visible(why)}`)}`);
}
