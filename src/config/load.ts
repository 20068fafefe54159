/** toolbox.yaml and its sisters → Config: read, parse, fill in variables, hold against the schema, check across files. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { AgentConfig, Config, EngineChoice, ProjectConfig, ServerConfig, VolumeConfig } from './config.js';
import type { RuleProblems } from './agent.js';
import { readAgent, readOwnGrants } from './agent.js';
import type { DeclaredFile } from './declared-file.js';
import { Problems } from './declared-file.js';
import { environmentVariables } from './environment.js';
import type { MountRules } from './mounts.js';
import { rootProblem } from './mounts.js';
import { checkExternals } from './externals.js';
import type { FoundFile } from './project-files.js';
import { findFiles } from './project-files.js';
import { realPath } from './real-path.js';
import { DEFAULT_PYTHON, readProject } from './project.js';
import type { Names } from './references.js';
import { checkGrantees, checkGrants, checkServers, collectNames, keys, readMoves } from './references.js';
import { readServer } from './server.js';
import { checkShape } from './shape.js';
import { substitute } from './substitute.js';
import { readTextFile } from './text-file.js';
import { readVariableFiles, undeclaredVariables } from './variable-files.js';
import type { GivenVariables } from './variables.js';
import { Variables } from './variables.js';
import type { YamlFile } from './yaml-file.js';
import { parseYaml } from './yaml-file.js';

export interface LoadOptions {
  /** Folder of the command; absolute. Diagnostics name files relative to it. */
  dir: string;
  /** Files and folders; empty: ./toolbox.yaml and ./*.toolbox.yaml. */
  files: readonly string[];
  /** `--var`. */
  variables: Readonly<Record<string, string>>;
  /** `--var-file`, in order. */
  variableFiles: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** One of `project.environments`; null: the project as it is declared. */
  environment: string | null;
  /** Of this toolcrib. */
  version: string;
  now: Date;
  /** Read instead of what is on the disk, by absolute path. */
  texts?: ReadonlyMap<string, string>;
  /** Whether that engine is on this machine, so that mount sources can be looked at. */
  checkMounts: (engine: EngineChoice) => boolean | Promise<boolean>;
  /** policy/rule.ts; asked for only where there is an arguments rule. */
  ruleProblems: () => Promise<RuleProblems>;
}

export interface LoadedConfig {
  /** null: there are errors. */
  config: Config | null;
  /** Of all files at once, in order of place; warnings too. */
  diagnostics: Diagnostic[];
}

export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const found = findFiles(options.dir, options.files);
  const problems = new Problems();
  problems.diagnostics.push(...found.diagnostics);
  const variableFiles = readVariableFiles(options.dir, options.variableFiles);
  problems.diagnostics.push(...variableFiles.diagnostics);
  const parsed: { found: FoundFile; yaml: YamlFile }[] = [];
  for (const each of found.files) {
    const yaml = readFile(each, problems, options.texts);
    if (yaml) parsed.push({ found: each, yaml });
  }
  const environment = environmentVariables(
    parsed.map(({ yaml }) => yaml),
    options.environment,
    problems,
  );
  const given: GivenVariables = {
    options: options.variables,
    files: variableFiles.values,
    env: options.env,
    environment,
  };
  const declared = new Set<string>();
  const files: DeclaredFile[] = [];
  for (const each of parsed) {
    const file = await declareFile(each.found, each.yaml, given, declared, problems);
    if (file) files.push(file);
  }
  const complete = files.length === found.files.length && found.diagnostics.length === 0;
  if (complete) problems.diagnostics.push(...undeclaredVariables(options.variables, variableFiles, declared));
  const names = collectNames(files, complete, problems);
  const variables = complete ? declared : null;
  const config = await assemble(files, found.files, names, { ...options, declaredVariables: variables }, problems);
  const diagnostics = inOrder(problems.diagnostics, found.files);
  const failed = diagnostics.some((each) => each.severity === 'error');
  return { config: failed ? null : config, diagnostics };
}

/** null: there is nothing in it to go on with. */
function readFile(found: FoundFile, problems: Problems, texts: LoadOptions['texts']): YamlFile | null {
  const text = texts?.get(found.absolute);
  const read = text === undefined ? readTextFile(found.absolute, found.name) : { file: { name: found.name, text } };
  if (!('file' in read)) {
    problems.diagnostics.push(
      'diagnostic' in read
        ? read.diagnostic
        : problem('file_missing', `\`${found.name}\` leads nowhere.`, 'Correct or remove the link.'),
    );
    return null;
  }
  const yaml = parseYaml(read.file);
  problems.know(yaml);
  problems.diagnostics.push(...yaml.diagnostics);
  if (yaml.value === undefined) return null;
  if (yaml.value === null) {
    problems.error(
      'missing_key',
      `${found.name} is empty.`,
      'Begin with `version: 1` and `toolbox: NAME`; `toolcrib init` writes a whole one.',
      { file: found.name, path: [] },
    );
    return null;
  }
  return yaml;
}

/** null: it is no mapping. */
async function declareFile(
  found: FoundFile,
  yaml: YamlFile,
  given: GivenVariables,
  declared: Set<string>,
  problems: Problems,
): Promise<DeclaredFile | null> {
  const variables = new Variables(yaml, given);
  for (const name of variables.names) declared.add(name);
  const filled = substitute(yaml.value, variables);
  problems.diagnostics.push(...variables.diagnostics);
  const shape = await checkShape(yaml, filled);
  problems.diagnostics.push(...shape.diagnostics);
  if (typeof filled.value !== 'object' || Array.isArray(filled.value)) return null;
  return { name: found.name, folder: found.folder, yaml, shape, filled };
}

async function assemble(
  files: DeclaredFile[],
  found: FoundFile[],
  names: Names,
  options: LoadOptions & { declaredVariables: ReadonlySet<string> | null },
  problems: Problems,
): Promise<Config | null> {
  const home = projectFile(files, names, found, problems);
  const root = home?.folder ?? realPath(options.dir) ?? options.dir;
  const project = home && (await readProject(home, { ...options, variables: options.declaredVariables, problems }));
  const rules = await mountRules(root, project, options, problems);
  const networkPool = project?.networkPool ?? null;
  const servers: ServerConfig[] = [];
  const agents: AgentConfig[] = [];
  const volumes: VolumeConfig[] = [];
  const about = { problems, networkPool, now: options.now, ruleProblems: options.ruleProblems };
  for (const file of files) {
    for (const name of keys(file, 'servers'))
      push(servers, await readServer(name, { file, problems, rules, root, networkPool }));
    for (const name of keys(file, 'agents')) push(agents, await readAgent(name, { ...about, file }));
    volumes.push(
      ...keys(file, 'volumes').map((name) => ({
        name,
        external: externalName(file, name),
        preventDestroy: isProtected(file, name),
        at: { file: file.name, path: ['volumes', name] },
      })),
    );
  }
  for (const file of files) {
    for (const name of keys(file, 'grants')) {
      const given = await readOwnGrants(name, { ...about, file });
      agents.find((agent) => agent.name === name)?.grants.push(...given);
    }
  }
  if (project && servers.some((server) => server.source.type === 'pypi'))
    project.runtimes.python ??= { type: 'image', reference: DEFAULT_PYTHON };
  checkServers(servers, names, problems);
  checkGrantees(files, names, problems);
  const moved = readMoves(files, names, problems);
  if (project) checkExternals(volumes, moved, project, problems);
  checkGrants(agents, names, problems);
  return (
    project && {
      project,
      toolboxes: [...names.toolboxes.keys()],
      servers,
      volumes,
      agents,
      moved,
      root,
      files: found.map(({ name }) => name),
      locate: (pointer, part) => problems.locate(pointer, part),
    }
  );
}

function externalName(file: DeclaredFile, volume: string): string | null {
  const declared = file.shape.value.volumes?.[volume];
  const sound = file.shape.sound(['volumes', volume]);
  return sound && typeof declared?.name === 'string' ? declared.name : null;
}

function isProtected(file: DeclaredFile, volume: string): boolean {
  const declared = file.shape.value.volumes?.[volume];
  return declared?.prevent_destroy === true;
}

function push<Item>(list: Item[], item: Item | null): void {
  if (item !== null) list.push(item);
}

/** The one file with a `project:` block. */
function projectFile(files: DeclaredFile[], names: Names, found: FoundFile[], problems: Problems): DeclaredFile | null {
  const [first, ...others] = files.filter((file) => Object.hasOwn(file.shape.value, 'project'));
  const at = (file: DeclaredFile): { file: string; path: string[] } => ({ file: file.name, path: ['project'] });
  for (const other of others) {
    if (first)
      problems.error(
        'duplicate_name',
        `The block \`project\` stands at ${problems.words(at(first))} already; a project has one.`,
        'Keep it in one of the files.',
        at(other),
        'key',
      );
  }
  const [main] = files;
  if (!first && main && names.complete) {
    const which = found.length === 1 ? main.name : 'None of the files';
    problems.error(
      'missing_key',
      `${which} has no \`project:\` block${found.length === 1 ? '' : ': one of them must'}.`,
      'Add `project: {name: NAME, id: UUID}`, as `toolcrib init` writes it.',
      { file: main.name, path: [] },
    );
  }
  return first ?? null;
}

async function mountRules(
  root: string,
  project: ProjectConfig | null,
  options: LoadOptions,
  problems: Problems,
): Promise<MountRules> {
  const engine = project?.engine ?? { context: null, host: null };
  const local = await options.checkMounts(engine);
  const host = engine.host ?? options.env['DOCKER_HOST'] ?? '';
  const sockets = ['/var/run/docker.sock', '/run/docker.sock'];
  if (host.startsWith('unix://')) sockets.push(host.slice('unix://'.length));
  if (project?.engineSocket) sockets.push(project.engineSocket);
  // What a project block that cannot be read allows is not to be guessed at.
  const roots = [project ? root : '/'];
  for (const [index, folder] of (project?.mountRoots ?? []).entries()) {
    const real = (local && realPath(folder)) || folder;
    const unfit = rootProblem(folder, sockets) ?? rootProblem(real, sockets);
    if (unfit && project)
      problems.error('mount_not_allowed', `\`${folder}\` ${unfit}`, 'Name the folders that hold what servers need.', {
        ...project.at,
        path: [...project.at.path, 'mount_roots', index],
      });
    else roots.push(real);
  }
  if (project) project.mountRoots = roots.slice(1);
  return { roots, sockets, local };
}

/** By file as given, variable files last, then by place; what has no place comes first. */
function inOrder(diagnostics: Diagnostic[], files: FoundFile[]): Diagnostic[] {
  const names = new Set([...files.map(({ name }) => name), ...diagnostics.flatMap(({ range }) => range?.file ?? [])]);
  const order = new Map([...names].map((name, index) => [name, index]));
  const rank = ({ range }: Diagnostic): [number, number, number] =>
    range ? [order.get(range.file) ?? 0, range.start.line, range.start.column] : [-1, 0, 0];
  return diagnostics
    .map((each) => ({ each, key: rank(each) }))
    .sort(({ key: a }, { key: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
    .map(({ each }) => each);
}
