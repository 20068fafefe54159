/** Rows in columns, for people. */

/** The last column is as wide as it likes; a header of capitals stands above. No rows: the header alone. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) => Math.max(...[header, ...rows].map((row) => width(row[column] ?? ''))));
  return [header, ...rows].map((row) =>
    header
      .map((_title, column) => pad(row[column] ?? '', widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** In characters, colours not counted. */
function width(text: string): number {
  return [...text.replace(/\u001b\[\d+m/g, '')].length;
}

function pad(text: string, to: number): string {
  return text + ' '.repeat(Math.max(0, to - width(text)));
}
