/**
 * What the declaration of an adopted container is to be called and to refer to: a choice where the container leaves it
 * open, made by what the project has already and what the engine knows.
 */
import { relative } from 'node:path';
import type { AdoptOptions } from '../compile/adopt.js';
import type { Config } from '../config/config.js';
import { isWithin, rootProblem, targetProblem } from '../config/mounts.js';
import { fail } from '../diagnostics/failure.js';
import type { ReadEngine } from '../engine/engine.js';
import { NAME_PATTERN } from '../model/address.js';
import type { ContainerInspect, ImageInspect } from '../model/inspect.js';
import { LABEL } from '../model/labels.js';
import { registryDigest } from '../sources/image.js';
import type { Context, Loaded } from './context.js';
import type { HomeFile } from './home-file.js';

export function nameFor(container: ContainerInspect, given: string | null, config: Config): string {
  const name =
    given ??
    plainName(container)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
  if (!NAME_PATTERN.test(name))
    fail(
      'invalid_name',
      `${given === null ? `The container's name ${plainName(container)}` : `\`${given}\``} cannot be a server's: those are lower case letters, digits and hyphens, at most 40, starting with a letter.`,
      'Choose one with `--name NAME`.',
    );
  const taken = config.servers.find((each) => each.name === name);
  if (taken)
    fail('duplicate_name', `A server \`${name}\` is declared already.`, 'Choose another with `--name NAME`.', {
      range: config.locate(taken.at, 'key'),
    });
  return name;
}

interface Subject {
  engine: ReadEngine;
  container: ContainerInspect;
  image: ImageInspect | null;
  name: string;
  http: string | null;
  home: HomeFile;
}

export async function optionsFor(context: Context, { config }: Loaded, subject: Subject): Promise<AdoptOptions> {
  const { engine, container, image, name, home } = subject;
  const { root, project } = config;
  const sockets = ['/var/run/docker.sock', '/run/docker.sock', ...(project.engineSocket ? [project.engineSocket] : [])];
  const roots = [root, ...project.mountRoots];
  const volumes = new Map<string, string>();
  // One that is mounted at several places is declared once.
  const chosenVolumes = new Map<string, string>();
  for (const { Type, Name } of container.Mounts ?? []) {
    if (Type !== 'volume' || Name === undefined) continue;
    const labels = (await engine.inspectVolume(Name))?.Labels;
    if (labels?.[LABEL.projectId] !== undefined)
      volumes.set(Name, `it belongs to Toolcrib project ${labels[LABEL.project] ?? 'unknown'}.`);
  }
  const taken = new Set(config.volumes.map((each) => each.name));
  const variables = new Set([...(await declaredVariables(home)), ...Object.keys(context.variables)]);
  return {
    name,
    reference: await referenceOf(engine, container, image),
    http: speaks(container, subject.http),
    target: targetProblem,
    source: (path) => {
      const refused = rootProblem(path, sockets);
      if (refused) return { refused };
      const own = isWithin(path, root);
      const source = own ? `./${relative(root, path)}` : path;
      return { source, root: roots.some((each) => isWithin(path, each)) ? null : path };
    },
    volume: (engineName, target) => {
      const refused = volumes.get(engineName);
      if (refused !== undefined) return { refused };
      const known = config.volumes.find(({ external }) => external === engineName);
      if (known) return { name: known.name, isNew: false };
      const before = chosenVolumes.get(engineName);
      if (before !== undefined) return { name: before, isNew: true };
      const nameless = /^[0-9a-f]{64}$/.test(engineName);
      const chosen = free(nameless ? `${name}-${target.split('/').at(-1) ?? ''}` : engineName, taken);
      taken.add(chosen);
      chosenVolumes.set(engineName, chosen);
      return { name: chosen, isNew: true };
    },
    variable: (wish) => {
      const chosen = free(wish, variables);
      variables.add(chosen);
      return chosen;
    },
  };
}

/** A name made from what somebody called something, that nobody has yet. */
function free(wish: string, taken: ReadonlySet<string>): string {
  const plain = wish
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 37);
  const base = plain === '' || plain === 'constructor' ? 'adopted' : plain;
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (!taken.has(name)) return name;
  }
}

async function declaredVariables(home: HomeFile): Promise<string[]> {
  const { parseYaml } = await import('../config/yaml-file.js');
  const value = parseYaml(home).value as { variables?: Record<string, unknown> | null };
  return Object.keys(value.variables ?? {});
}

/** By digest where a registry gave one; by tag where that is still this image, because the lock pins its id; else by id. */
async function referenceOf(
  engine: ReadEngine,
  { Config, Image }: ContainerInspect,
  image: ImageInspect | null,
): Promise<string> {
  const digest = image && registryDigest(image, Config.Image);
  if (digest) return digest;
  const byTag = Config.Image.startsWith('sha256:') ? null : await engine.inspectImage(Config.Image);
  return byTag?.Id === Image ? Config.Image : Image;
}

/** stdio where somebody holds its stdin open; HTTP where it has one port; else it has to be said. */
function speaks({ Config, HostConfig }: ContainerInspect, given: string | null): AdoptOptions['http'] {
  if (given !== null) {
    const [, port, path = '/mcp'] = /^(\d{1,5})(\/[^\s#]*)?$/.exec(given) ?? [];
    const number = Number(port);
    if (number >= 1 && number <= 65535) return { port: number, path };
    fail(
      'invalid_option',
      `--http takes a port and a path, and \`${given}\` is neither.`,
      'Write for example `--http 8080/mcp`.',
    );
  }
  if (Config.OpenStdin === true) return null;
  const named = [...Object.keys(HostConfig.PortBindings ?? {}), ...Object.keys(Config.ExposedPorts ?? {})];
  const ports = [...new Set(named.flatMap((each) => (each.endsWith('/tcp') ? [Number(each.split('/')[0])] : [])))];
  const [port] = ports;
  if (port !== undefined && ports.length === 1) return { port, path: '/mcp' };
  return fail(
    'adopt_refused',
    ports.length === 0
      ? 'Its stdin is closed and it has no port, so nothing tells how it is spoken to.'
      : `It has several ports (${ports.join(', ')}), so nothing tells which one speaks MCP.`,
    'Say where it listens with `--http PORT/PATH`; a server on stdio has to run with `docker run --interactive`.',
  );
}

export function plainName({ Name }: ContainerInspect): string {
  return Name.replace(/^\//, '');
}
