/**
 * A container that somebody started by hand → its declaration. Pure. What a declaration cannot say is left out and
 * found by the differ (workflow/adopt.ts); what is left out on purpose is said here, with why.
 */
import type { Json, JsonObject } from '../model/definitions.js';
import type { ContainerInspect, ImageInspect } from '../model/inspect.js';
import { cleanPath, envMap, healthcheck } from '../plan/fields/normal.js';
import { isSecretEnv, secretPart } from './looks-secret.js';

export interface AdoptOptions {
  name: string;
  /** What names the image: its digest, a tag, or its id. */
  reference: string;
  /** Where it listens; null: it speaks stdio. */
  http: { port: number; path: string } | null;
  /** What a bind mount's source is to be called; null: it may not be mounted, and why. */
  source: (path: string) => { source: string; root: string | null } | { refused: string };
  /** Why nothing may be mounted there; null: it may. */
  target: (path: string) => string | null;
  /** The declared name of a volume of the engine, or a new one for it; null with the reason why it cannot be used. */
  volume: (engineName: string, target: string) => { name: string; isNew: boolean } | { refused: string };
  /** A variable's name that is free. */
  variable: (wish: string) => string;
}

export interface Adoption {
  server: JsonObject;
  /** New external volumes. */
  volumes: Record<string, { name: string }>;
  /** New variables, for what must not be written down. */
  variables: Record<string, { description: string }>;
  /** Their values, to be kept in memory only. */
  values: Record<string, string>;
  mountRoots: string[];
  /** What was decided, each in a sentence. */
  notes: string[];
}

const ROOT = /^(root|0*)(:(root|0*))?$/;

export function adopt(container: ContainerInspect, image: ImageInspect | null, options: AdoptOptions): Adoption {
  const made: Adoption = { server: {}, volumes: {}, variables: {}, values: {}, mountRoots: [], notes: [] };
  const hide = hider(made, options);
  const mounts = mountsOf(container, made, options);
  made.server = whatIsSet({
    image: options.reference,
    transport: options.http && { http: { port: options.http.port, path: options.http.path } },
    ...startOf(container, image, hide),
    env: envOf(container, image, made, hide),
    user: userOf(container, image, mounts, made),
    workdir: workdirOf(container, image),
    healthcheck: healthcheckOf(container, image, hide),
    mounts: mounts.length > 0 ? mounts : null,
    resources: resourcesOf(container),
    restart: container.HostConfig.RestartPolicy?.Name === 'on-failure' ? 'on-failure' : null,
  });
  return made;
}

type Hide = (wish: string, value: string, what: string) => string;

/** A reference to a variable in place of the value. */
function hider(made: Adoption, { name, variable }: AdoptOptions): Hide {
  return (wish, value, what) => {
    const known = Object.entries(made.values).find(([, each]) => each === value);
    const chosen = known?.[0] ?? variable(`${name}-${wish}`);
    if (!known) {
      made.variables[chosen] = { description: `${what} of server ${name}` };
      made.values[chosen] = value;
      const shell = `TOOLCRIB_VAR_${chosen.replaceAll('-', '_')}`;
      made.notes.push(
        `${what} looks like a credential or holds one, so its whole value is a variable and not in the file: give it as ${shell} or \`--var ${chosen}=…\`. As before, \`docker inspect\` shows it.`,
      );
    }
    return `\${${chosen}}`;
  };
}

/** `${` would be read as a variable. */
const literal = (text: string): string => text.replaceAll('${', () => '$${');

function startOf({ Config }: ContainerInspect, image: ImageInspect | null, hide: Hide): JsonObject {
  const [entrypoint, cmd] = [Config.Entrypoint ?? [], Config.Cmd ?? []];
  const own = image?.Config?.Entrypoint ?? [];
  const sameEntrypoint = image !== null && same(entrypoint, own);
  if (sameEntrypoint) return same(cmd, image.Config?.Cmd ?? []) ? {} : { args: written(cmd, hide) };
  // Without an entrypoint of its own the command is what starts.
  if (entrypoint.length === 0) return { command: written(cmd, hide) };
  return { command: written(entrypoint, hide), args: cmd.length > 0 ? written(cmd, hide) : null };
}

function written(args: readonly string[], hide: Hide, of: 'argument' | 'healthcheck' = 'argument'): Json[] {
  return args.map((text, index) => {
    const at = secretPart(args, index);
    if (at === null) return literal(text);
    const flag = /^--?([A-Za-z][\w-]*)/.exec(at > 0 ? text : (args[index - 1] ?? ''))?.[1];
    const what = of === 'argument' ? `Argument ${index + 1}` : `Word ${index + 1} of the healthcheck`;
    const wish = flag ?? `${of}-${index + 1}`;
    return literal(text.slice(0, at)) + hide(wish, text.slice(at), flag === undefined ? what : `${what} (${flag})`);
  });
}

function envOf(container: ContainerInspect, image: ImageInspect | null, made: Adoption, hide: Hide): JsonObject | null {
  const given = envMap(image?.Config?.Env);
  const env: JsonObject = {};
  for (const [name, value] of Object.entries(envMap(container.Config.Env))) {
    if (Object.hasOwn(given, name) && given[name] === value) continue;
    if (name.startsWith('TOOLCRIB_') || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      made.notes.push(`The environment variable ${name} is left out: a declaration cannot have that name.`);
      continue;
    }
    env[name] = isSecretEnv(name, value) ? hide(name.toLowerCase().replaceAll('_', '-'), value, name) : literal(value);
  }
  return Object.keys(env).length > 0 ? env : null;
}

function userOf(
  { Config }: ContainerInspect,
  image: ImageInspect | null,
  mounts: readonly Json[],
  made: Adoption,
): string | null {
  const user = Config.User ?? '';
  if (!ROOT.test(user)) return user === (image?.Config?.User ?? '') ? null : user;
  const writes = mounts.some((mount) => (mount as JsonObject).readonly !== true);
  if (!writes) {
    made.notes.push('It ran as root; its replacement runs as 65532:65532.');
    return null;
  }
  made.notes.push(
    'It ran as root and writes to its mounts, so `user: "0:0"` is kept, without any capability. Give the files another owner and remove it when you can.',
  );
  return '0:0';
}

function workdirOf({ Config }: ContainerInspect, image: ImageInspect | null): string | null {
  const [own, given] = [Config.WorkingDir || '/', image?.Config?.WorkingDir || '/'];
  return own === given && image !== null ? null : own;
}

function healthcheckOf({ Config }: ContainerInspect, image: ImageInspect | null, hide: Hide): JsonObject | null {
  const [own, given] = [healthcheck(Config.Healthcheck), healthcheck(image?.Config?.Healthcheck)];
  if (!own || JSON.stringify(own) === JSON.stringify(given)) return null;
  const time = (nanoseconds: number): string | null => (nanoseconds > 0 ? `${Math.round(nanoseconds / 1e6)}ms` : null);
  return whatIsSet({
    test: written(own.test, hide, 'healthcheck'),
    interval: time(own.interval),
    timeout: time(own.timeout),
    start_period: time(own.startPeriod),
    retries: own.retries > 0 ? own.retries : null,
  });
}

function mountsOf({ Mounts = [] }: ContainerInspect, made: Adoption, options: AdoptOptions): JsonObject[] {
  const sorted = [...Mounts].sort((a, b) => (a.Destination < b.Destination ? -1 : 1));
  return sorted.flatMap((mount): JsonObject[] => {
    const target = cleanPath(mount.Destination);
    const leave = (why: string): JsonObject[] => {
      made.notes.push(`The mount at ${target} (${mount.Name ?? mount.Source ?? mount.Type}) is left out: ${why}`);
      return [];
    };
    const unfit = options.target(target);
    if (unfit) return leave(`${target} ${unfit}`);
    const readonly = mount.RW ? {} : { readonly: true };
    if (mount.Type === 'volume' && mount.Name !== undefined) {
      const volume = options.volume(mount.Name, target);
      if ('refused' in volume) return leave(volume.refused);
      if (volume.isNew) made.volumes[volume.name] = { name: mount.Name };
      return [{ volume: volume.name, target, ...readonly }];
    }
    if (mount.Type !== 'bind' || mount.Source === undefined) return leave(`a ${mount.Type} cannot be declared.`);
    const bind = options.source(mount.Source);
    if ('refused' in bind) return leave(`${mount.Source} ${bind.refused}`);
    if (bind.root !== null) made.mountRoots.push(bind.root);
    return [{ source: literal(bind.source), target, ...readonly }];
  });
}

function resourcesOf({ HostConfig: host }: ContainerInspect): JsonObject | null {
  const { Memory = 0, NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0, PidsLimit } = host;
  const cpus = NanoCpus > 0 ? NanoCpus / 1e9 : CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : 0;
  const found = whatIsSet({
    memory: Memory > 0 ? sizeText(Memory) : null,
    cpus: cpus > 0 ? cpus : null,
    pids: PidsLimit && PidsLimit > 0 ? PidsLimit : null,
  });
  return Object.keys(found).length > 0 ? found : null;
}

function sizeText(bytes: number): string | number {
  const [unit] = (['Gi', 'Mi', 'Ki'] as const).filter((each) => bytes % SIZE[each] === 0);
  return unit ? `${bytes / SIZE[unit]}${unit}` : bytes;
}
const SIZE = { Gi: 1024 ** 3, Mi: 1024 ** 2, Ki: 1024 } as const;

function whatIsSet(object: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, Json] => entry[1] !== null && entry[1] !== undefined),
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
