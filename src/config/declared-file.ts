/** One toolbox file on its way to Config, and the place where everything wrong with a project is collected. */
import type { Code } from '../diagnostics/codes.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem, warning } from '../diagnostics/failure.js';
import type { Pointer } from './config.js';
import type { Shape } from './shape.js';
import type { Substituted } from './substitute.js';
import { pathKey } from './substitute.js';
import type { Path, YamlFile } from './yaml-file.js';

export interface DeclaredFile {
  name: string;
  /** Absolute, symlinks resolved: relative paths in the file start here. */
  folder: string;
  yaml: YamlFile;
  shape: Shape;
  filled: Substituted;
}

/** A scalar as text: `1.10` as it is written, or what a variable made of it. */
export function written(file: DeclaredFile, path: Path, value: string | number | boolean): string {
  if (typeof value === 'string' || file.filled.filled.has(pathKey(path))) return String(value);
  return file.yaml.written(path) ?? String(value);
}

export class Problems {
  readonly diagnostics: Diagnostic[] = [];
  private readonly files = new Map<string, YamlFile>();

  know(yaml: YamlFile): void {
    this.files.set(yaml.name, yaml);
  }

  locate(pointer: Pointer, part?: 'key' | 'value'): Diagnostic['range'] {
    return this.files.get(pointer.file)?.locate(pointer.path, part);
  }

  error(code: Code, detail: string, fix: string, pointer: Pointer, part?: 'key'): void {
    this.diagnostics.push(problem(code, detail, fix, { range: this.locate(pointer, part) }));
  }

  warn(code: Code, detail: string, fix: string, pointer: Pointer, part?: 'key'): void {
    this.diagnostics.push(warning(code, detail, fix, { range: this.locate(pointer, part) }));
  }

  /** `toolbox.yaml:12:3`, for naming another place in words. */
  words(pointer: Pointer): string {
    const range = this.locate(pointer, 'key');
    return range ? `${range.file}:${range.start.line}:${range.start.column}` : pointer.file;
  }
}
