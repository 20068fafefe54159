/** Diagnostics as a person reads them. */
import { describe, expect, it } from 'vitest';
import { problem, warning } from '../../src/diagnostics/failure.js';
import { escaped, toJson, validation } from '../../src/diagnostics/json.js';
import { renderDiagnostics } from '../../src/diagnostics/render.js';
import { visible } from '../../src/diagnostics/visible.js';

const range = (
  line: number,
  column: number,
  end = column + 1,
): { file: string; start: { line: number; column: number }; end: { line: number; column: number } } => ({
  file: 'toolbox.yaml',
  start: { line, column },
  end: { line, column: end },
});
const sources = new Map([['toolbox.yaml', 'version: 1\nservers:\n  files: {imge: x}\n']]);

describe('renderDiagnostics', () => {
  it('shows headline, place, line, caret, detail and fix', () => {
    const one = problem('unknown_key', '`imge` is not known.', 'Did you mean `image`?', { range: range(3, 11, 15) });
    expect(renderDiagnostics([one], { sources })).toBe(
      `error[unknown_key]: Unknown key
 --> toolbox.yaml:3:11
 3 |   files: {imge: x}
   |           ^^^^
  \`imge\` is not known.
  fix: Did you mean \`image\`?`,
    );
  });
  it('shows the address where there is no line, and several lines of detail', () => {
    const one = problem('server_exited', 'Its last words:\nboom', 'Look at it.\nThen again.', {
      address: 'server.files',
    });
    expect(renderDiagnostics([one])).toBe(
      `error[server_exited]: Server ended before it answered
 --> server.files
  Its last words:
  boom
  fix: Look at it.
       Then again.`,
    );
  });
  it('counts when there are several', () => {
    const two = [problem('internal', 'a', 'b'), warning('grant_expired', 'c', 'd'), warning('grant_expired', 'e', 'f')];
    expect(renderDiagnostics(two).split('\n').at(-1)).toBe('1 error, 2 warnings');
  });
  it('paints with the palette it is given, and not otherwise', () => {
    const paint =
      (name: string) =>
      (text: string): string =>
        `<${name}>${text}</${name}>`;
    const palette = { error: paint('e'), warning: paint('w'), strong: paint('s'), faint: paint('f') };
    const one = warning('grant_expired', 'c', 'd', { range: range(1, 1) });
    const painted = renderDiagnostics([one], { sources, palette });
    expect(painted).toContain('<w>warning[grant_expired]</w>');
    expect(painted.replace(/<\/?[ewsf]>/g, '')).toBe(renderDiagnostics([one], { sources }));
  });
  it('shows only the part of a long line that matters', () => {
    const text = `${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`;
    const lines = renderDiagnostics([problem('internal', 'x', 'y', { range: range(1, 5001, 5005) })], {
      sources: new Map([['toolbox.yaml', text]]),
    }).split('\n');
    expect(lines[2]?.length).toBeLessThan(160);
    const at = lines[3]?.indexOf('^') ?? -1;
    expect(lines[2]?.slice(at, at + 4)).toBe('HERE');
    expect(lines[3]?.slice(at)).toBe('^^^^');
  });
  it('keeps the carets under what they mean after tabs and invisible characters', () => {
    const lines = renderDiagnostics([problem('internal', 'x', 'y', { range: range(1, 4, 5) })], {
      sources: new Map([['toolbox.yaml', '\t\u202eaB']]),
    }).split('\n');
    const at = lines[3]?.indexOf('^') ?? -1;
    expect(lines[2]?.[at]).toBe('B');
  });
  it('lets nothing through that a terminal would obey or a reader not see', () => {
    const evil = '\u001b[2J\u202e\u200b\u0007\u009b\u2028\ufe0f\u{e0041}';
    const rendered = renderDiagnostics([problem('internal', evil, evil, { range: { ...range(1, 1), file: evil } })], {
      sources: new Map([[evil, evil]]),
    });
    expect(rendered).not.toMatch(/[^\n\x20-\x7e→…]/u);
    expect(rendered).toContain('\\u{1b}[2J\\u{202e}');
  });
  it('survives a place that the file no longer has', () => {
    expect(renderDiagnostics([problem('internal', 'x', 'y', { range: range(99, 1) })], { sources })).toContain(
      'toolbox.yaml:99:1',
    );
    expect(renderDiagnostics([problem('internal', 'x', 'y', { range: range(1, 99) })], { sources })).toContain('^');
  });
});

describe('visible and toJson', () => {
  it('leave ordinary text of any script as it is', () => {
    const text = 'Grüße, Привет, 日本語, 🎉 tab';
    expect(visible(text)).toBe(text);
    expect(toJson(text)).toBe(JSON.stringify(text));
  });
  it('toJson loses nothing', () => {
    const value = { 'a\u202e': ['\u{e0041}\u0000\u007f\u0085', 1, null, { b: true }] };
    const text = toJson(value);
    expect(text).not.toMatch(/[^\n\x20-\x7e]/);
    expect(JSON.parse(text)).toEqual(value);
  });
  it('escaped writes astral characters as two halves', () => expect(escaped('\u{e0041}')).toBe('\\udb40\\udc41'));
});

describe('validation', () => {
  it('is valid with warnings, and not with errors', () => {
    expect(validation([warning('grant_expired', 'a', 'b')])).toMatchObject({
      valid: true,
      diagnostics: [{ severity: 'warning', code: 'grant_expired', summary: 'Grant has expired' }],
    });
    expect(validation([problem('internal', 'a', 'b')]).valid).toBe(false);
  });
});
