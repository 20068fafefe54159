/** The values of one file's variables: `--var`, then variable files, then TOOLCRIB_VAR_name, then the environment's, then the default. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Scalar } from './interpolate.js';
import { interpolate } from './interpolate.js';
import type { YamlFile } from './yaml-file.js';

/** What was given from outside. */
export interface GivenVariables {
  options: Readonly<Record<string, string>>;
  /** Merged from the files, the later over the earlier. */
  files: Readonly<Record<string, Scalar>>;
  env: Readonly<Record<string, string | undefined>>;
  /** Of the chosen environment. */
  environment: Readonly<Record<string, Scalar>>;
}

export class Variables {
  readonly diagnostics: Diagnostic[] = [];
  private readonly declared: ReadonlyMap<string, unknown>;
  private readonly values = new Map<string, Scalar | undefined>();
  private readonly open: string[] = [];

  constructor(
    private readonly file: YamlFile,
    private readonly given: GivenVariables,
  ) {
    const section = isObject(file.value) ? file.value['variables'] : null;
    // Whatever is malformed here is reported by the schema.
    this.declared = new Map(isObject(section) ? Object.entries(section) : []);
    for (const name of this.declared.keys()) this.value(name);
  }

  get names(): string[] {
    return [...this.declared.keys()];
  }

  /** The value of the reference that stands at `path`; what is wrong with it is reported there. */
  at(path: readonly (string | number)[]): (name: string) => Scalar | undefined {
    return (name) => {
      if (this.declared.has(name)) return this.value(name);
      const near = didYouMean(name, this.names);
      const fix = near
        ? `Write \`\${${near}}\`.`
        : `Declare \`${name}\` under \`variables:\`, or write \`$\${\` for a literal \`\${\`.`;
      this.report(
        'undefined_variable',
        `No variable \`${name}\` is declared in this file; variables belong to their file.`,
        fix,
        path,
      );
      return undefined;
    };
  }

  malformed(path: readonly (string | number)[]): (reference: string) => void {
    return (reference) =>
      this.report(
        'undefined_variable',
        `\`${reference}\` is not a reference: it must be \`\${name}\`.`,
        'Close the brace, or write `$${` for a literal `${`.',
        path,
      );
  }

  private value(name: string): Scalar | undefined {
    if (this.values.has(name)) return this.values.get(name);
    if (this.open.includes(name)) return this.circle(name);
    this.open.push(name);
    const found = this.fromOutside(name) ?? this.fallback(name);
    this.open.pop();
    // A circle has given it one already: none.
    if (!this.values.has(name)) this.values.set(name, found);
    return this.values.get(name);
  }

  private fromOutside(name: string): Scalar | undefined {
    const { options, files, env, environment } = this.given;
    if (Object.hasOwn(options, name)) return options[name];
    if (Object.hasOwn(files, name)) return files[name];
    // A shell cannot set a name with hyphens.
    const shell = env[`TOOLCRIB_VAR_${name}`] ?? env[`TOOLCRIB_VAR_${name.replaceAll('-', '_')}`];
    return shell ?? (Object.hasOwn(environment, name) ? environment[name] : undefined);
  }

  private fallback(name: string): Scalar | undefined {
    const declaration = this.declared.get(name);
    if (declaration !== null && !isObject(declaration)) return undefined;
    const path = ['variables', name, 'default'];
    const written = declaration?.['default'];
    if (typeof written === 'number' || typeof written === 'boolean') return written;
    if (typeof written === 'string') return interpolate(written, this.at(path), this.malformed(path))?.value;
    if (written === undefined) {
      this.report(
        'undefined_variable',
        `The variable \`${name}\` has no default and was given no value.`,
        `Pass \`--var ${name}=…\`, set TOOLCRIB_VAR_${name.replaceAll('-', '_')}, or write a \`default:\`.`,
        ['variables', name],
      );
    }
    return undefined;
  }

  private circle(name: string): undefined {
    const round = [...this.open.slice(this.open.indexOf(name)), name];
    const path = ['variables', name, 'default'];
    this.report(
      'variable_cycle',
      `${round.map((each) => `\`${each}\``).join(' → ')}: none of them has a value.`,
      'Give one of them a value that refers to none of the others.',
      path,
    );
    for (const each of round) this.values.set(each, undefined);
    return undefined;
  }

  private report(
    code: 'undefined_variable' | 'variable_cycle',
    detail: string,
    fix: string,
    path: readonly (string | number)[],
  ): void {
    const part = path.length === 2 && path[0] === 'variables' ? 'key' : 'value';
    this.diagnostics.push(problem(code, detail, fix, { range: this.file.locate(path, part) }));
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
