/** Diagnostics on their way out: as text to stderr, or as JSON to stdout where the command speaks JSON. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Terminal } from './terminal.js';

/** With the lines of the files they are about. */
export async function reportText(diagnostics: readonly Diagnostic[], terminal: Terminal, dir: string): Promise<void> {
  if (diagnostics.length === 0) return;
  const [{ renderDiagnostics }, { sourcesOf }] = await Promise.all([
    import('../diagnostics/render.js'),
    import('./sources.js'),
  ]);
  terminal.note(
    renderDiagnostics(diagnostics, { sources: await sourcesOf(diagnostics, dir), palette: terminal.notePalette }),
  );
}

/** The shape that every command shares (DESIGN.md, JSON). */
export function reportJson(diagnostics: readonly Diagnostic[], terminal: Terminal): void {
  terminal.json({ diagnostics });
}
