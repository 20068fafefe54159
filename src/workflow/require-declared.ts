/** A name given on the command line, held against the declaration. */
import { fail } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Config } from '../config/config.js';

/** @throws Failure `undefined_reference` with the name that was probably meant. */
export function requireDeclared(config: Config, kind: 'agent' | 'server', name: string): void {
  const names = (kind === 'agent' ? config.agents : config.servers).map((each) => each.name);
  if (names.includes(name)) return;
  const listed =
    names.length === 0
      ? `There is no ${kind} at all.`
      : `Declared are ${names.map((each) => `\`${each}\``).join(', ')}.`;
  const meant = didYouMean(name, names);
  fail(
    'undefined_reference',
    `No ${kind} \`${name.slice(0, 80)}\` is declared. ${listed}`,
    meant ? `Did you mean \`${meant}\`?` : `Name one that is declared, or declare it in ${config.files.join(' or ')}.`,
  );
}
