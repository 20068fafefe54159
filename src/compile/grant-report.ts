/** Collects diagnostics at places inside one grant; the same thing at the same place is told once. */
import type { Config, GrantConfig } from '../config/config.js';
import type { Code } from '../diagnostics/codes.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem, warning } from '../diagnostics/failure.js';

const LISTS = new Set<string | number>(['tools', 'resources', 'prompts']);

type Path = readonly (string | number)[];

export class GrantReport {
  readonly #told = new Set<string>();

  constructor(
    private readonly grant: GrantConfig,
    private readonly config: Config,
    private readonly diagnostics: Diagnostic[],
  ) {}

  error(code: Code, detail: string, fix: string, path: Path): void {
    this.#tell(problem(code, detail, fix, { range: this.#at(path) }), path);
  }

  warn(code: Code, detail: string, fix: string, path: Path): void {
    this.#tell(warning(code, detail, fix, { range: this.#at(path) }), path);
  }

  #tell(diagnostic: Diagnostic, path: Path): void {
    const key = JSON.stringify([path, diagnostic.detail]);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.diagnostics.push(diagnostic);
  }

  /** A tool or an argument is named by a key, except in a list. */
  #at(path: Path): Diagnostic['range'] {
    const { file, path: base } = this.grant.at;
    return this.config.locate({ file, path: [...base, ...path] }, LISTS.has(path[0] ?? '') ? 'value' : 'key');
  }
}
