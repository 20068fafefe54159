/** The one error class that commands let through to the terminal: diagnostics with an exit code. */
import type { Code } from './codes.js';
import { codes } from './codes.js';
import type { Diagnostic, Range } from './diagnostic.js';
import { Exit } from './diagnostic.js';

export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    readonly diagnostics: readonly Diagnostic[],
    readonly exit: Exit = Exit.error,
  ) {
    super(diagnostics.map((d) => `${d.summary}: ${d.detail}`).join('; '));
  }
}

interface Where {
  range?: Range | undefined;
  address?: string | undefined;
}

function make(severity: Diagnostic['severity'], code: Code, detail: string, fix: string, where: Where): Diagnostic {
  return {
    severity,
    code,
    summary: codes[code],
    detail,
    fix,
    ...(where.range ? { range: where.range } : {}),
    ...(where.address ? { address: where.address } : {}),
  };
}

export function problem(code: Code, detail: string, fix: string, where: Where = {}): Diagnostic {
  return make('error', code, detail, fix, where);
}

export function warning(code: Code, detail: string, fix: string, where: Where = {}): Diagnostic {
  return make('warning', code, detail, fix, where);
}

/** Throws one diagnostic as a Failure. */
export function fail(code: Code, detail: string, fix: string, where: Where = {}, exit: Exit = Exit.error): never {
  throw new Failure([problem(code, detail, fix, where)], exit);
}
