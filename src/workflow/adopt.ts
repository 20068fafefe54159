/**
 * `toolcrib adopt CONTAINER`: the declaration of a container that runs already, added to the project's file, and what its
 * replacement will have otherwise, field by field. The engine is only read: the container goes on as it is.
 */
import type { Adoption, AdoptOptions } from '../compile/adopt.js';
import { adopt as declarationOf } from '../compile/adopt.js';
import { serverSpec } from '../compile/server-spec.js';
import { addEntries, entryText } from '../config/add-entries.js';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { ReadEngine } from '../engine/engine.js';
import { replaceFile } from '../lock/replace-file.js';
import type { JsonObject } from '../model/definitions.js';
import type { ContainerInspect, ImageInspect } from '../model/inspect.js';
import { LABEL } from '../model/labels.js';
import type { EngineFacts } from '../model/state.js';
import { differences } from '../plan/replacement.js';
import type { FieldChange } from '../plan/plan.js';
import { nameFor, optionsFor, plainName } from './adopt-choices.js';
import type { Context } from './context.js';
import { load, loadOptions, openEngine } from './context.js';
import { homeFile, refuseChanged } from './home-file.js';

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
