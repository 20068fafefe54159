/** `--var-file`: YAML mappings of variable names to values. */
import { resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem, warning } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Scalar } from './interpolate.js';
import { shown } from './project-files.js';
import { readTextFile } from './text-file.js';
import type { YamlFile } from './yaml-file.js';
import { parseYaml } from './yaml-file.js';

export interface VariableFiles {
  /** The later file's value counts. */
  values: Record<string, Scalar>;
  diagnostics: Diagnostic[];
  yaml: YamlFile[];
}

export function readVariableFiles(dir: string, files: readonly string[]): VariableFiles {
  const result: VariableFiles = { values: {}, diagnostics: [], yaml: [] };
  for (const given of files) {
    const path = resolve(dir, given);
    const read = readTextFile(path, shown(dir, path));
    if ('missing' in read)
      result.diagnostics.push(
        problem('file_missing', `The variable file \`${given}\` is not there.`, 'Correct the path after `--var-file`.'),
      );
    else if ('diagnostic' in read) result.diagnostics.push(read.diagnostic);
    else take(parseYaml(read.file), result);
  }
  return result;
}

function take(yaml: YamlFile, result: VariableFiles): void {
  result.yaml.push(yaml);
  result.diagnostics.push(...yaml.diagnostics);
  const { value } = yaml;
  if (value === undefined || value === null) return;
  const report = (path: string[], detail: string): void => {
    result.diagnostics.push(
      problem('wrong_type', detail, 'Write `name: value`, one a line.', { range: yaml.locate(path) }),
    );
  };
  if (typeof value !== 'object' || Array.isArray(value))
    return report([], 'A variable file is a mapping of names to values.');
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean') result.values[name] = each;
    else report([name], `The value of \`${name}\` must be text, a number, true or false.`);
  }
}

/** `--var` must name a variable; a file may serve several projects, so there it is only worth a warning. */
export function undeclaredVariables(
  options: Readonly<Record<string, string>>,
  files: VariableFiles,
  declared: ReadonlySet<string>,
): Diagnostic[] {
  const fix = (name: string): string => {
    const near = didYouMean(name, declared);
    return near ? `Did you mean \`${near}\`?` : 'Declare it under `variables:`, or leave it out.';
  };
  const found = Object.keys(options)
    .filter((name) => !declared.has(name))
    .map((name) =>
      problem('undefined_variable', `\`--var ${name}=…\` names a variable that no file declares.`, fix(name)),
    );
  for (const yaml of files.yaml) {
    const names = typeof yaml.value === 'object' && !Array.isArray(yaml.value) ? Object.keys(yaml.value ?? {}) : [];
    for (const name of names) {
      if (declared.has(name)) continue;
      const range = yaml.locate([name], 'key');
      found.push(
        warning('undefined_variable', `No toolbox file declares the variable \`${name}\`.`, fix(name), { range }),
      );
    }
  }
  return found;
}
