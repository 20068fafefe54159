/** `toolcrib fmt`: the project's toolbox files, written the one way there is. Asks no engine. */
import { formatYaml } from '../config/format.js';
import { findFiles } from '../config/project-files.js';
import { readTextFile } from '../config/text-file.js';
import { parseYaml } from '../config/yaml-file.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, problem } from '../diagnostics/failure.js';
import { replaceFile } from '../lock/replace-file.js';
import type { Context } from './context.js';

export interface Formatted {
  /** Those that were, or with `check` would be, written otherwise; as the command line would name them. */
  changed: string[];
  files: string[];
}

/** @throws Failure with what keeps any file from being formatted; then none is written. */
export async function format(context: Context, { check }: { check: boolean }): Promise<Formatted> {
  const found = findFiles(context.dir, context.files);
  const problems: Diagnostic[] = [...found.diagnostics];
  const texts: { name: string; absolute: string; before: string; after: string }[] = [];
  for (const { name, absolute } of found.files) {
    const read = readTextFile(absolute, name);
    if (!('file' in read)) {
      problems.push('diagnostic' in read ? read.diagnostic : gone(name));
      continue;
    }
    const yaml = parseYaml(read.file);
    const after = yaml.diagnostics.length === 0 ? formatYaml(read.file) : null;
    problems.push(...yaml.diagnostics);
    if (after !== null) texts.push({ name, absolute, before: read.file.text, after });
    else if (yaml.diagnostics.length === 0) problems.push(refused(name, yaml.locate([])));
  }
  if (problems.length > 0) throw new Failure(problems);
  const changed = texts.filter(({ before, after }) => before !== after);
  if (!check) for (const { absolute, after } of changed) await replaceFile(absolute, after);
  return { changed: changed.map(({ name }) => name), files: texts.map(({ name }) => name) };
}

function gone(name: string): Diagnostic {
  return problem('file_missing', `\`${name}\` leads nowhere.`, 'Correct or remove the link.');
}

function refused(name: string, range: Diagnostic['range']): Diagnostic {
  return problem(
    'format_refused',
    `${name} would not come through unharmed: a comment would be lost, or a value would read otherwise.`,
    'Nothing was written. Move comments out of flow collections (`[…]`, `{…}`) onto lines of their own, and try again.',
    { range },
  );
}
