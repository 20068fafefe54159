/**
 * One way to write a toolbox file: two spaces, double quotes where there are quotes, one empty line at most, 120 columns.
 * It changes how a file looks and nothing else: values, the spelling of numbers, comments, anchors and the order of keys
 * stay, and that is checked on the result before anybody gets it.
 */
import type { ScalarTag, Tags } from 'yaml';
import type { TextFile } from './text-file.js';
import type { Path, YamlFile } from './yaml-file.js';
import { parseYaml } from './yaml-file.js';
import { yaml } from './yaml-library.js';

/** null: it would not come through unharmed, so it is better left as it is. */
export function formatYaml(file: TextFile): string | null {
  const text = settled(file.text);
  return text !== null && isSame(file, { ...file, text }) ? text : null;
}

/** Formatted until nothing changes any more: a comment may take a second time to find its place. */
function settled(text: string): string | null {
  let now = text;
  for (let round = 0; round < 4; round++) {
    const next = once(now);
    if (next === now) return now;
    now = next;
  }
  return null;
}

function once(text: string): string {
  const { parseDocument, visit } = yaml();
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, customTags: asWritten });
  visit(document, {
    Scalar(_key, node) {
      if (node.type === 'QUOTE_SINGLE') node.type = 'QUOTE_DOUBLE';
    },
  });
  // Nothing but comments, or nothing at all.
  if (document.contents === null) return text.trim() === '' ? '' : `${text.replace(/\r/g, '').trimEnd()}\n`;
  return document.toString({
    indent: 2,
    indentSeq: true,
    lineWidth: 120,
    minContentWidth: 0,
    flowCollectionPadding: false,
  });
}

/** `1e3`, `010` and `.5` are text to whoever reads them as an environment variable. */
function asWritten(tags: Tags): Tags {
  return tags.map((tag) => (typeof tag === 'object' && isNumeric(tag) ? { ...tag, stringify } : tag));

  function stringify(node: { source?: string; value?: unknown }): string {
    return node.source ?? String(node.value);
  }
}

function isNumeric(tag: Exclude<Tags[number], string>): tag is ScalarTag {
  return tag.tag === 'tag:yaml.org,2002:int' || tag.tag === 'tag:yaml.org,2002:float';
}

function isSame(before: TextFile, after: TextFile): boolean {
  const [was, is] = [parseYaml(before), parseYaml(after)];
  return (
    was.diagnostics.length === is.diagnostics.length &&
    JSON.stringify(was.value) === JSON.stringify(is.value) &&
    spellings(was).join('\n') === spellings(is).join('\n') &&
    remarks(before.text).join('\n') === remarks(after.text).join('\n')
  );
}

/** How every number, true and false is written. */
function spellings(file: YamlFile): string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) value.forEach((each, index) => walk(each, [...path, index]));
    else if (typeof value === 'object' && value !== null)
      Object.entries(value).forEach(([key, each]) => walk(each, [...path, key]));
    else if (typeof value !== 'string') found.push(file.written(path) ?? String(value));
  };
  walk(file.value, []);
  return found;
}

/** Comments, anchors and aliases, whatever order a comment comes to stand in. */
function remarks(text: string): string[] {
  const found: string[] = [];
  for (const lexeme of new (yaml().Lexer)().lex(text)) if (/^[#&*]/.test(lexeme)) found.push(lexeme.trimEnd());
  return found.sort();
}
