/** Diagnostics as text for a person: headline, place, the line with a caret, what was found, how to mend it. */
import { counted } from './counted.js';
import type { Diagnostic, Range } from './diagnostic.js';
import { visible, visibleLines } from './visible.js';

type Paint = (text: string) => string;

/** The colours used here; the command line's palette has them. */
export interface DiagnosticPalette {
  error: Paint;
  warning: Paint;
  strong: Paint;
  faint: Paint;
}

export interface RenderOptions {
  /** Text of the files that ranges name; without it the line is not shown. */
  sources?: ReadonlyMap<string, string>;
  palette?: DiagnosticPalette;
}

const plain: Paint = (text) => text;
const colourless: DiagnosticPalette = { error: plain, warning: plain, strong: plain, faint: plain };

/** Characters of a source line that are shown at most. */
const WIDTH = 140;

export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const palette = options.palette ?? colourless;
  const lines = new Map<string, string[]>();
  const lineOf = (range: Range): string | undefined => {
    const text = options.sources?.get(range.file);
    if (text === undefined) return undefined;
    const split = lines.get(range.file) ?? text.split(/\r\n|\n|\r/);
    lines.set(range.file, split);
    return split[range.start.line - 1];
  };
  const blocks = diagnostics.map((each) => renderOne(each, each.range && lineOf(each.range), palette));
  if (diagnostics.length > 1) blocks.push(tally(diagnostics));
  return blocks.join('\n\n');
}

function renderOne(diagnostic: Diagnostic, source: string | undefined, palette: DiagnosticPalette): string {
  const { severity, code, summary, detail, fix, range, address } = diagnostic;
  const paint = severity === 'error' ? palette.error : palette.warning;
  const out = [`${paint(`${severity}[${code}]`)}${palette.strong(`: ${visible(summary)}`)}`];
  if (range) {
    out.push(`${palette.faint(' -->')} ${visible(range.file)}:${range.start.line}:${range.start.column}`);
    if (source !== undefined) out.push(...excerpt(source, range, paint, palette));
  } else if (address) {
    out.push(`${palette.faint(' -->')} ${visible(address)}`);
  }
  out.push(...visibleLines(detail).map((line) => `  ${line}`));
  if (fix)
    out.push(
      ...visibleLines(fix).map((line, index) =>
        index === 0 ? `  ${palette.strong('fix:')} ${line}` : `       ${line}`,
      ),
    );
  return out.join('\n');
}

/** The line, and carets under the range; a long line is cut to the part around it. */
function excerpt(source: string, range: Range, paint: Paint, palette: DiagnosticPalette): string[] {
  const from = Math.min(range.start.column - 1, source.length);
  const to = range.end.line === range.start.line ? range.end.column - 1 : source.length;
  const left = from > WIDTH - 40 ? from - 40 : 0;
  const right = Math.min(source.length, left + WIDTH);
  const before = (left > 0 ? '…' : '') + shown(source.slice(left, from));
  const marked = shown(source.slice(from, Math.min(Math.max(to, from + 1), right)));
  const after =
    shown(source.slice(Math.min(Math.max(to, from + 1), right), right)) + (right < source.length ? '…' : '');
  const gutter = String(range.start.line);
  const margin = ' '.repeat(gutter.length);
  return [
    `${palette.faint(` ${gutter} |`)} ${before}${marked}${after}`.trimEnd(),
    `${palette.faint(` ${margin} |`)} ${' '.repeat(before.length)}${paint('^'.repeat(Math.max(1, marked.trimEnd().length)))}`,
  ];
}

/** A tab would throw the carets off, and in YAML it may be the very mistake. */
function shown(text: string): string {
  return visible(text.replaceAll('\t', '→   '));
}

function tally(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((each) => each.severity === 'error').length;
  const parts = [count(errors, 'error'), count(diagnostics.length - errors, 'warning')];
  return parts.filter((part) => part !== '').join(', ');
}

function count(number: number, noun: string): string {
  return number === 0 ? '' : counted(number, noun);
}
