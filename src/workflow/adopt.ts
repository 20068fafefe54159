/**
 * `toolcrib adopt CONTAINER`: the declaration of a container that runs already, added to the project's file, and what its
 * replacement will have otherwise, field by field. The engine is only read: the container goes on as it is.
 */
import { relative } from 'node:path';
import type { Adoption, AdoptOptions } from '../compile/adopt.js';
import { adopt as declarationOf } from '../compile/adopt.js';
import { serverSpec } from '../compile/server-spec.js';
import { addEntries, entryText } from '../config/add-entries.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { isWithin, rootProblem, targetProblem } from '../config/mounts.js';
import { findFiles } from '../config/project-files.js';
import { readTextFile } from '../config/text-file.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { ReadEngine } from '../engine/engine.js';
import { replaceFile } from '../lock/replace-file.js';
import { NAME_PATTERN } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import type { ContainerInspect, ImageInspect } from '../model/inspect.js';
import { LABEL } from '../model/labels.js';
import type { EngineFacts } from '../model/state.js';
import { differences } from '../plan/replacement.js';
import type { FieldChange } from '../plan/plan.js';
import { registryDigest } from '../sources/image.js';
import type { Context, Loaded } from './context.js';
import { load, loadOptions, openEngine } from './context.js';

export interface AdoptRequest {
  container: string;
  /** null: after the container. */
  name: string | null;
  /** `8080/mcp`; null: found out. */
  http: string | null;
  /** Write nothing. */
  print: boolean;
}

export interface Adopted {
  container: string;
  address: `server.${string}`;
  /** Changed, relative to the folder of the command; null: nothing was written. */
  file: string | null;
  /** What was added, as it stands there. */
  text: string;
  notes: string[];
  /** The replacement against the container that runs. */
  differences: FieldChange[];
  /** Volumes and folders that both would write to at once. */
  shared: string[];
  /** Variables that need a value. */
  variables: string[];
  /** It removes itself, and its nameless volumes with it, once it is stopped. */
  removesItself: boolean;
  diagnostics: Diagnostic[];
}

export async function adopt(context: Context, request: AdoptRequest): Promise<Adopted> {
  const loaded = await load(context);
  const { config } = loaded;
  const home = await homeFile(context, config);
  const engine = await openEngine(context, config.project);
  const container = await find(engine, request.container);
  refuseOwn(container, config);
  const name = nameFor(container, request.name, config);
  const image = await engine.inspectImage(container.Image);
  const options = await optionsFor(context, loaded, { engine, container, image, name, http: request.http, home });
  const made = declarationOf(container, image, options);
  const additions = {
    sections: { variables: made.variables, volumes: made.volumes, servers: { [name]: made.server } } as Record<
      string,
      JsonObject
    >,
    mountRoots: made.mountRoots,
  };
  const text = addEntries(home.text, additions);
  if (text === null)
    fail(
      'format_refused',
      `${home.name} is written in a way that leaves no place for another server.`,
      'Run `toolcrib fmt`, or add by hand what `toolcrib adopt --print` shows.',
    );
  const after = await loadConfig({
    ...loadOptions(context),
    variables: { ...context.variables, ...made.values },
    texts: new Map([[home.absolute, text]]),
  });
  if (!after.config) throw new Failure(after.diagnostics);
  if (!request.print) {
    refuseChanged(home);
    await replaceFile(home.absolute, text);
  }
  return {
    container: plainName(container),
    address: `server.${name}`,
    file: request.print ? null : home.name,
    text: shownText(additions.sections, made),
    notes: [
      ...imageNotes(container, image, options.reference),
      ...httpNotes(options, request),
      ...rootNotes(made),
      ...made.notes,
    ],
    differences: replacementOf(
      after.config,
      name,
      { inspect: container, image },
      options.reference,
      await engine.facts(),
    ),
    shared: sharedOf(made.server),
    variables: Object.keys(made.variables),
    removesItself: container.HostConfig.AutoRemove === true,
    diagnostics: after.diagnostics,
  };
}

async function find(engine: ReadEngine, wanted: string): Promise<ContainerInspect> {
  const found = await engine.inspectContainer(wanted);
  if (found) return found;
  const names = (await engine.listContainers([])).flatMap((each) => each.names);
  const near = didYouMean(wanted, names);
  return fail(
    'container_not_found',
    `The engine has no container ${wanted}.`,
    near ? `Did you mean \`${near}\`?` : 'See `docker ps --all`, and give a name or an id.',
  );
}

function refuseOwn(container: ContainerInspect, { project }: Config): void {
  const labels = container.Config.Labels ?? {};
  const id = labels[LABEL.projectId];
  if (id === undefined) return;
  const address = labels[LABEL.address] ?? 'a part';
  const owner = labels[LABEL.project] ?? 'unknown';
  fail(
    'adopt_refused',
    id === project.id
      ? `${plainName(container)} is ${address} of this project already.`
      : `${plainName(container)} is ${address} of Toolcrib project ${owner} (${id}).`,
    id === project.id
      ? 'There is nothing to adopt; `toolcrib plan` shows how it differs from its declaration.'
      : 'Move its declaration from that project’s files into this one’s.',
  );
}

function nameFor(container: ContainerInspect, given: string | null, config: Config): string {
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

async function optionsFor(context: Context, { config }: Loaded, subject: Subject): Promise<AdoptOptions> {
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

function imageNotes({ Config }: ContainerInspect, image: ImageInspect | null, reference: string): string[] {
  if (!image) return [`Its image ${Config.Image} is gone from the engine: build or pull it before \`toolcrib lock\`.`];
  if (reference === Config.Image) return [];
  return reference.startsWith('sha256:')
    ? [
        `${Config.Image} is another image by now, so the one that runs is named by its id, which only this engine knows.`,
      ]
    : [`The image is named by its digest: ${Config.Image} may be another one tomorrow.`];
}

function httpNotes({ http }: AdoptOptions, { http: given }: AdoptRequest): string[] {
  if (http === null || given !== null) return [];
  return [
    `Its stdin is closed, so it is taken to speak MCP over HTTP at port ${http.port}${http.path}; say otherwise with \`--http PORT/PATH\`.`,
  ];
}

function rootNotes({ mountRoots }: Adoption): string[] {
  return mountRoots.map(
    (each) => `${each} lies outside the project's folder, so \`project.mount_roots\` now allows it.`,
  );
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

interface HomeFile {
  name: string;
  absolute: string;
  text: string;
}

/** The file with `project:`, read once: what is written is this text with the additions. */
async function homeFile(context: Context, config: Config): Promise<HomeFile> {
  const { files } = findFiles(context.dir, context.files);
  const home = files.find(({ name }) => name === config.project.at.file);
  const read = home && readTextFile(home.absolute, home.name);
  if (!home || !read || !('file' in read))
    return fail('file_missing', `${config.project.at.file} is gone.`, 'Run the command again.');
  return { ...home, text: read.file.text };
}

/** An editor may have saved it while the engine was asked. */
function refuseChanged({ name, absolute, text }: HomeFile): void {
  const now = readTextFile(absolute, name);
  if ('file' in now && now.file.text === text) return;
  fail(
    'adopt_refused',
    `${name} was changed meanwhile, so nothing was written: what somebody saved would be lost.`,
    'Run the command again.',
  );
}

function replacementOf(
  config: Config,
  name: string,
  live: { inspect: ContainerInspect; image: ImageInspect | null },
  reference: string,
  facts: EngineFacts,
): FieldChange[] {
  const server = config.servers.find((each) => each.name === name);
  if (!server) return [];
  return differences(serverSpec(config, server, { reference }), live, facts);
}

/** Both at once would write to it. */
function sharedOf({ mounts }: JsonObject): string[] {
  const list = (mounts ?? []) as JsonObject[];
  return [
    ...new Set(list.flatMap((mount) => (mount.readonly === true ? [] : [(mount.volume ?? mount.source) as string]))),
  ];
}

function shownText(sections: Record<string, JsonObject>, { mountRoots }: Adoption): string {
  const blocks = Object.entries(sections).flatMap(([section, entries]) => {
    const lines = Object.entries(entries).map(([name, value]) => entryText(name, value).replace(/^(?=.)/gm, '  '));
    return lines.length > 0 ? [`${section}:\n${lines.join('')}`] : [];
  });
  const roots = mountRoots.length > 0 ? [`project:\n  mount_roots: ${JSON.stringify(mountRoots)}\n`] : [];
  return [...roots, ...blocks].join('').trimEnd();
}

function plainName({ Name }: ContainerInspect): string {
  return Name.replace(/^\//, '');
}
