/** One entry of `servers:` → ServerConfig. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HealthcheckSpec } from '../model/container.js';
import type { MountConfig, Pointer, ServerConfig, SourceConfig } from './config.js';
import type { DeclaredFile, Problems } from './declared-file.js';
import { written } from './declared-file.js';
import type { MountRules } from './mounts.js';
import { realPath } from './real-path.js';
import { isWithin, judgeSource, plainTarget, targetProblem } from './mounts.js';
import { parseNpmSpec } from './npm-spec.js';
import { parsePypiSpec } from './pypi-spec.js';
import { bytes, nanoseconds } from './quantities.js';
import { readReach } from './reach.js';
import type { Server } from './schema-types.js';

/** Below it, Docker refuses to make the container. */
const LEAST_MEMORY = 6 * 1024 * 1024;
const SECOND = 1e9;

export interface ServerContext {
  file: DeclaredFile;
  problems: Problems;
  rules: MountRules;
  /** The project's folder, symlinks resolved. */
  root: string;
  /** null: not known. */
  networkPool: string | null;
}

/** @returns null where the schema does not hold; what can be checked all the same, is. */
export async function readServer(name: string, context: ServerContext): Promise<ServerConfig | null> {
  const { file } = context;
  const declared: unknown = file.shape.value.servers?.[name];
  if (typeof declared !== 'object' || declared === null) return null;
  const path = ['servers', name];
  const part: Part = {
    server: declared,
    at: (...below) => ({ file: file.name, path: [...path, ...below] }),
    sound: (...below) => file.shape.sound([...path, ...below]),
  };
  const mounts = readMounts(name, context);
  const source = await readSource(part, context);
  const resources = readResources(part, context.problems);
  const healthcheck = part.sound('healthcheck') ? readHealthcheck(part, context.problems) : null;
  if (!source || !file.shape.sound(path, 'mounts')) return null;
  const { problems, networkPool } = context;
  const { at, sound } = part;
  const reach = await readReach(part.server, { at, sound, problems, folder: file.folder, networkPool });
  const { alias, command, args, env, user, workdir, replace, restart } = part.server;
  const variables = Object.entries(env ?? {}).map(
    ([key, value]) => [key, written(file, [...path, 'env', key], value)] as const,
  );
  return {
    name,
    toolbox: file.shape.value.toolbox,
    prefix: alias ?? name,
    source,
    ...reach,
    command: command ?? null,
    args: args ?? [],
    env: Object.fromEntries(variables),
    user: user === undefined ? null : written(file, [...path, 'user'], user),
    workdir: workdir === undefined ? null : plainTarget(workdir),
    healthcheck,
    mounts,
    resources,
    replace: replace ?? null,
    restart: restart ?? 'always',
    preventDestroy: part.server.prevent_destroy ?? false,
    at: part.at(),
  };
}

/** A server as far as the schema holds. */
interface Part {
  server: Server;
  at: (...below: (string | number)[]) => Pointer;
  sound: (...below: (string | number)[]) => boolean;
}

async function readSource(part: Part, context: ServerContext): Promise<SourceConfig | null> {
  const { server } = part;
  if (server.remote !== undefined) return part.sound('remote') ? { type: 'remote', declared: server.remote } : null;
  if (server.image !== undefined) return { type: 'image', declared: server.image };
  if (server.build !== undefined)
    return part.sound('build') && part.sound('dockerfile') ? readBuild(server.build, part, context) : null;
  if (server.pypi !== undefined) return part.sound('pypi') ? readPypi(server.pypi, part, context) : null;
  if (server.npm === undefined || !part.sound('npm')) return null;
  const spec = await parseNpmSpec(server.npm);
  if ('problem' in spec) {
    context.problems.error('wrong_type', spec.problem, spec.fix, part.at('npm'));
    return null;
  }
  return { type: 'npm', ...spec, declared: server.npm, allowScripts: server.allow_scripts ?? [] };
}

function readPypi(declared: string, { at }: Part, { problems }: ServerContext): SourceConfig | null {
  const spec = parsePypiSpec(declared);
  if (!('problem' in spec)) return { type: 'pypi', ...spec, declared };
  problems.error('wrong_type', spec.problem, spec.fix, at('pypi'));
  return null;
}

function readBuild(declared: string, { server, at }: Part, { file, problems, root }: ServerContext): SourceConfig {
  const folder = resolve(file.folder, declared);
  const dockerfile = server.dockerfile ?? 'Dockerfile';
  const real = realPath(folder);
  const refuse = (detail: string, fix: string): void => problems.error('build_folder', detail, fix, at('build'));
  if (real === null || !statSync(real).isDirectory()) {
    refuse(
      `\`${declared}\` is not a folder that is there.`,
      'Correct the path; it starts from the folder of this file.',
    );
  } else if (!isWithin(real, root)) {
    refuse(`\`${declared}\` (${real}) lies outside the project's folder ${root}.`, 'Move it into the project.');
  } else {
    checkDockerfile(real, dockerfile, refuse);
  }
  return { type: 'build', declared, folder: real ?? folder, dockerfile, network: server.build_network ?? false };
}

function checkDockerfile(folder: string, dockerfile: string, refuse: (detail: string, fix: string) => void): void {
  const real = realPath(join(folder, dockerfile));
  if (real === null)
    refuse(`There is no \`${dockerfile}\` in ${folder}.`, 'Write one there, or name it with `dockerfile:`.');
  else if (!isWithin(real, folder))
    refuse(`\`${dockerfile}\` leads out of the folder, to ${real}.`, 'Keep the Dockerfile inside the build folder.');
}

function readMounts(name: string, { file, problems, rules }: ServerContext): MountConfig[] {
  const section = ['servers', name, 'mounts'];
  const declared = file.shape.value.servers?.[name]?.mounts;
  if (!Array.isArray(declared)) return [];
  const mounts: MountConfig[] = [];
  const targets = new Map<string, number>();
  for (const [index, mount] of declared.entries()) {
    if (!file.shape.sound([...section, index])) continue;
    const at = (key?: string): Pointer => ({
      file: file.name,
      path: key === undefined ? [...section, index] : [...section, index, key],
    });
    const target = plainTarget(mount.target);
    const unfit = targetProblem(target);
    if (unfit)
      problems.error(
        'mount_not_allowed',
        `\`${target}\` ${unfit}`,
        'Choose another target, such as `/data`.',
        at('target'),
      );
    const other = targets.get(target);
    if (other !== undefined)
      problems.error(
        'mount_not_allowed',
        `\`${target}\` is the target of mounts[${other}] already; only one of them could be there.`,
        'Choose another target.',
        at('target'),
      );
    targets.set(target, other ?? index);
    const { readonly = false } = mount;
    if (mount.volume !== undefined) {
      mounts.push({ type: 'volume', source: mount.volume, target, readonly, at: at() });
      continue;
    }
    const verdict = judgeSource(mount.source ?? '', file.folder, rules);
    if ('code' in verdict) problems.error(verdict.code, verdict.detail, verdict.fix, at('source'));
    else mounts.push({ type: 'bind', source: verdict.source, target, readonly, at: at() });
  }
  return mounts;
}

function readResources({ server, at, sound }: Part, problems: Problems): ServerConfig['resources'] {
  const { memory: size = '256Mi', cpus = 1, pids = 128 } = server.resources ?? {};
  if (!sound('resources', 'memory')) return { memory: 0, nanoCpus: 0, pids: 0 };
  const memory = bytes(size);
  const refuse = (why: string): void =>
    problems.error('wrong_type', `\`${size}\` is ${why}.`, 'Write for example `256Mi`.', at('resources', 'memory'));
  if (memory < LEAST_MEMORY) refuse('less than 6Mi, the least that Docker starts a container with');
  if (!Number.isSafeInteger(memory)) refuse('more than any machine has');
  return { memory, nanoCpus: Math.round(cpus * 1e9), pids };
}

function readHealthcheck({ server, at }: Part, problems: Problems): HealthcheckSpec | null {
  const check = server.healthcheck;
  if (!check) return null;
  const refuse = (key: string, detail: string, fix: string): void =>
    problems.error('wrong_type', detail, fix, at('healthcheck', key));
  const test = typeof check.test === 'string' ? ['CMD-SHELL', check.test] : check.test;
  if (!isTest(test)) {
    refuse(
      'test',
      'A healthcheck is `[CMD, program, argument, …]`, `[CMD-SHELL, "line"]` or `[NONE]`.',
      'Begin the list with one of the three.',
    );
  }
  const length = (key: 'interval' | 'timeout' | 'start_period', fallback: number): number => {
    const given = check[key];
    if (given === undefined) return fallback;
    const result = nanoseconds(given);
    // The engine takes 0 for "as the image says".
    if (result >= 1e6 && Number.isSafeInteger(result)) return result;
    refuse(
      key,
      `\`${given}\` is no length of time that the engine takes; the least is 1ms.`,
      'Write for example `30s`.',
    );
    return fallback;
  };
  return {
    test,
    interval: length('interval', 30 * SECOND),
    timeout: length('timeout', 30 * SECOND),
    startPeriod: length('start_period', 0),
    retries: check.retries ?? 3,
  };
}

function isTest([kind, ...rest]: string[]): boolean {
  if (kind === 'CMD') return rest.length > 0;
  return kind === 'CMD-SHELL' ? rest.length === 1 : kind === 'NONE' && rest.length === 0;
}
