/**
 * The environment that a command works on: `-e NAME` or TOOLCRIB_ENV, one of `project.environments`. It is chosen
 * before the schema is looked at, because variables take values from it.
 */
import { didYouMean } from '../diagnostics/suggest.js';
import type { EngineChoice, Pointer } from './config.js';
import type { DeclaredFile, Problems } from './declared-file.js';
import type { Scalar } from './interpolate.js';
import { refersToVariables } from './interpolate.js';
import { parseListen } from './listen.js';
import type { Environment as Declared, Project } from './schema-types.js';
import type { YamlFile } from './yaml-file.js';

/** @returns values of variables; none where the environment is not declared, which is reported. */
export function environmentVariables(
  files: readonly YamlFile[],
  name: string | null,
  problems: Problems,
): Readonly<Record<string, Scalar>> {
  if (name === null) return {};
  const home = files.find((file) => isObject(file.value) && isObject(file.value['project']));
  if (!home) return {}; // that there is no project block is said elsewhere
  const declared = environmentsOf(home);
  if (!Object.hasOwn(declared, name)) {
    undeclared(home, name, Object.keys(declared), problems);
    return {};
  }
  const environment = declared[name];
  const variables = isObject(environment) && isObject(environment['variables']) ? environment['variables'] : {};
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, Scalar] => isScalar(entry[1])));
}

function undeclared(home: YamlFile, name: string, names: readonly string[], problems: Problems): void {
  const meant = didYouMean(name, names);
  const list = names.map((each) => `\`${each}\``).join(', ');
  problems.error(
    'undefined_reference',
    `The environment \`${name.slice(0, 80)}\` is not declared${names.length > 0 ? `; declared are ${list}` : ': this project has no environments'}.`,
    meant
      ? `Did you mean \`${meant}\`?`
      : names.length > 0
        ? 'Choose one of them with `-e` or TOOLCRIB_ENV, or declare it under `project.environments`.'
        : 'Leave `-e` and TOOLCRIB_ENV out, or declare it under `project.environments`.',
    { file: home.name, path: names.length > 0 ? ['project', 'environments'] : ['project'] },
    'key',
  );
}

/** What holds for all of them, chosen or not: a mistake in `prod` is not to wait for its first deployment. */
export function checkEnvironments(
  file: DeclaredFile,
  project: Project,
  declared: ReadonlySet<string> | null,
  problems: Problems,
): void {
  const places = new Map<string, string>();
  for (const [name, environment] of Object.entries(project.environments ?? {})) {
    const at = (...path: string[]): Pointer => ({
      file: file.name,
      path: ['project', 'environments', name, ...path],
    });
    if (!environment || !file.shape.sound(at().path)) continue;
    checkEngine(environment, at, problems);
    checkVariables(environment, declared, at, problems);
    for (const key of ['listen', 'admin'] as const) {
      const given = environment.proxy?.[key];
      const read = given === undefined ? null : parseListen(given);
      if (read && 'problem' in read) problems.error('wrong_type', read.problem, read.fix, at('proxy', key));
    }
    if (environment.name === undefined) continue;
    const place = JSON.stringify([environment.name, environment.engine?.context, environment.engine?.host]);
    const other = places.get(place);
    places.set(place, other ?? name);
    if (other === undefined) continue;
    problems.error(
      'duplicate_name',
      `\`${environment.name}\` is the project of the environment \`${other}\` already, on the same engine; each would undo the other.`,
      'Give one of them another `name` or another `engine`.',
      at('name'),
    );
  }
}

type At = (...path: string[]) => Pointer;
type Environment = NonNullable<Declared>;

function checkEngine({ engine }: Environment, at: At, problems: Problems): void {
  if (engine?.context === undefined || engine.host === undefined) return;
  problems.error(
    'wrong_type',
    'An engine is found by its `context` or by its `host`, not by both.',
    'Remove one of them.',
    at('engine', 'host'),
    'key',
  );
}

/** @param declared null: some file cannot be read, and may declare any. */
function checkVariables(
  { variables = {} }: Environment,
  declared: ReadonlySet<string> | null,
  at: At,
  problems: Problems,
): void {
  for (const [name, value] of Object.entries(variables)) {
    if (typeof value === 'string' && refersToVariables(value)) {
      problems.error(
        'undefined_variable',
        `\`${value}\` would be taken as it is: nothing is filled in here.`,
        'Write the value out, or write a `default` that refers to another variable.',
        at('variables', name),
      );
    }
    if (!declared || declared.has(name)) continue;
    const meant = didYouMean(name, declared);
    problems.error(
      'undefined_variable',
      `No file declares the variable \`${name}\`.`,
      meant ? `Did you mean \`${meant}\`?` : 'Declare it under `variables:` of the file that uses it.',
      at('variables', name),
      'key',
    );
  }
}

/** The project as it is in the environment. Its proxy differs key by key. */
export function inEnvironment(project: Project, name: string | null): Project & { chosen: EngineChoice } {
  const environment = (name === null ? null : own(project.environments, name)) ?? {};
  const { context = null, host = null, socket } = environment.engine ?? {};
  return {
    ...project,
    name: environment.name ?? project.name,
    ...(environment.previously ? { previously: environment.previously } : {}),
    proxy: { ...project.proxy, ...environment.proxy },
    engine: { ...project.engine, ...(socket === undefined ? {} : { socket }) },
    chosen: { context, host },
  };
}

/** Names of the project in all places but the one where it is called `name`. */
export function namesElsewhere(project: Project, name: string): string[] {
  const environments = Object.values(project.environments ?? {});
  const names = [project.name, ...environments.map((each) => each?.name ?? project.name)];
  return [...new Set(names)].filter((each) => each !== name);
}

function own<Value>(of: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return of && Object.hasOwn(of, name) ? of[name] : undefined;
}

function environmentsOf(home: YamlFile): Record<string, unknown> {
  const project = isObject(home.value) ? home.value['project'] : null;
  const environments = isObject(project) ? project['environments'] : null;
  return isObject(environments) ? environments : {};
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
