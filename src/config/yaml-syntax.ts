/** What the YAML parser objects to, in words that say what to do. */
import type { Document } from 'yaml';
import type { Diagnostic, Range } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import { visible } from '../diagnostics/visible.js';
import type { TextFile } from './text-file.js';
import { yaml } from './yaml-library.js';

type Place = (from: number, to: number) => Range;

/** Deeper than anything sensible, shallower than the parser's stack. */
const MAX_INDENT = 400;
const MAX_OPEN_BRACKETS = 200;
/** A file of nothing but quotes has half a million errors. */
const MOST = 200;

export const syntaxProblems = {
  /** Control characters, and nesting that would end the parser's stack or its patience. */
  beforeParsing(file: TextFile): Diagnostic[] {
    const control = /[^\P{Cc}\t\n\r\x85]/u.exec(file.text);
    if (control) {
      const what = visible(control[0]);
      return [at(file, control.index, `The control character ${what} has no place in a text file.`, 'Remove it.')];
    }
    let open = 0;
    for (let index = 0; index < file.text.length; index++) {
      const character = file.text[index];
      if (character === '[' || character === '{') open++;
      else if (character === ']' || character === '}') open = Math.max(0, open - 1);
      else if (character === '\n') open = file.text[index + 1] === '\n' ? 0 : open;
      if (open > MAX_OPEN_BRACKETS)
        return [at(file, index, 'Nested too deeply.', 'Close the brackets, or flatten the value.')];
    }
    const deep = new RegExp(
      `^ {${MAX_INDENT},}\\S|^(?:- ){${MAX_INDENT / 4},}|(?:[?-] ){${MAX_INDENT / 4},}`,
      'm',
    ).exec(file.text);
    return deep ? [at(file, deep.index, 'Nested too deeply.', 'Flatten the value.')] : [];
  },

  /** Each tab, and of the others the first: what follows it is mostly its echo. */
  ofDocument(file: TextFile, document: Document.Parsed, place: Place): Diagnostic[] {
    const found: Diagnostic[] = [];
    const lines = new Set<number>();
    let others = 0;
    for (const { code, message, pos } of [...document.errors.slice(0, MOST), ...document.warnings.slice(0, MOST)]) {
      const tab = code === 'TAB_AS_INDENT' || isTabLine(file.text, pos[0]);
      if (!tab && others++ > 0) continue;
      const range = tab
        ? place(tabOf(file.text, pos[0]), pos[1])
        : place(openingQuote(document, message, pos[0]), pos[1]);
      if (lines.has(range.start.line)) continue;
      lines.add(range.start.line);
      const [detail, fix] = tab ? TAB : words(code, message, lineAt(file.text, pos[0]));
      found.push(problem('yaml_syntax', detail, fix, { range }));
    }
    return found;
  },
};

/** The parser notices a missing quote at the end of the file; the person wants to know where it began. */
function openingQuote(document: Document.Parsed, message: string, end: number): number {
  if (!message.startsWith('Missing closing')) return end;
  let begin = end;
  yaml().visit(document, {
    Scalar(_key, node) {
      if (node.type?.startsWith('QUOTE') && node.range?.[1] === end) begin = node.range[0];
    },
  });
  return begin;
}

const TAB = ['A tab is used for indentation, which YAML does not allow.', 'Indent with spaces.'] as const;

function words(code: string, message: string, line: string): readonly [string, string] {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return ['A second YAML document begins here.', 'Put it into a file of its own, such as `more.toolbox.yaml`.'];
    case 'TAG_RESOLVE_FAILED':
      return [
        'YAML tags (`!name`) are not understood here.',
        'Remove the tag; write the value in quotes if it begins with `!`.',
      ];
    case 'MISSING_CHAR':
    case 'UNEXPECTED_TOKEN':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'BAD_SCALAR_START':
    case 'BLOCK_IN_FLOW':
    case 'FLOW_IN_BLOCK':
      if (/[[{,:]\s*\$\{/.test(line)) {
        return [sentence(message), 'Put the value with `${…}` in quotes: a brace means something to YAML here.'];
      }
      return [sentence(message), 'Check quotes, brackets, colons and indentation of this line and the one before.'];
    case 'BAD_INDENT':
      return [sentence(message), 'Align it with the lines it belongs to.'];
    default:
      return [sentence(message), 'Check this line and the one before; text with special characters goes into quotes.'];
  }
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function lineAt(text: string, offset: number): string {
  const start = lineStart(text, offset);
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end);
}

function isTabLine(text: string, offset: number): boolean {
  return /^ *\t/.test(lineAt(text, offset).slice(0, 200));
}

function tabOf(text: string, offset: number): number {
  const tab = text.indexOf('\t', lineStart(text, offset));
  return tab < 0 ? offset : tab;
}

function at(file: TextFile, offset: number, detail: string, fix: string): Diagnostic {
  const before = file.text.slice(0, offset).split('\n');
  const start = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  const end = { line: start.line, column: start.column + 1 };
  return problem('yaml_syntax', detail, fix, { range: { file: file.name, start, end } });
}
