/** Names across the files of a project: each declared once, and none used that is not declared. */
import { didYouMean } from '../diagnostics/suggest.js';
import type { Address } from '../model/address.js';
import { kindOf, nameOf } from '../model/address.js';
import type { AgentConfig, MoveConfig, Pointer, ServerConfig } from './config.js';
import type { DeclaredFile, Problems } from './declared-file.js';

type Section = 'servers' | 'agents' | 'volumes' | 'grants';

export interface Names {
  toolboxes: Map<string, Pointer>;
  servers: Map<string, Pointer>;
  agents: Map<string, Pointer>;
  volumes: Map<string, Pointer>;
  /** A file that cannot be read may declare anything. */
  complete: boolean;
}

export function collectNames(files: readonly DeclaredFile[], complete: boolean, problems: Problems): Names {
  const names: Names = { toolboxes: new Map(), servers: new Map(), agents: new Map(), volumes: new Map(), complete };
  for (const file of files) {
    const { toolbox } = file.shape.value;
    // It may be of any type where the schema does not hold.
    if (typeof toolbox === 'string')
      declare(names.toolboxes, 'toolbox', toolbox, { file: file.name, path: ['toolbox'] }, problems);
    for (const section of ['servers', 'agents', 'volumes'] as const) {
      for (const name of keys(file, section))
        declare(names[section], section.slice(0, -1), name, { file: file.name, path: [section, name] }, problems);
    }
  }
  return names;
}

/** Names in the file's order, whatever they are worth. */
export function keys(file: DeclaredFile, section: Section): string[] {
  const value: unknown = file.shape.value[section];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

function declare(known: Map<string, Pointer>, kind: string, name: string, at: Pointer, problems: Problems): void {
  const first = known.get(name);
  if (!first) {
    known.set(name, at);
    return;
  }
  const key = kind === 'toolbox' ? undefined : 'key';
  problems.error(
    'duplicate_name',
    `The ${kind} \`${name}\` is declared at ${problems.words(first)} already; names are unique in a project.`,
    'Rename or remove one of them.',
    at,
    key,
  );
}

/** `image.NAME` of a server must not be one of Toolcrib's own. */
const OWN_IMAGES: ReadonlySet<string> = new Set(['system', 'runtime-node', 'runtime-python']);

export function checkServers(servers: readonly ServerConfig[], names: Names, problems: Problems): void {
  const prefixes = new Map<string, ServerConfig>();
  for (const server of servers) {
    for (const mount of server.mounts) {
      if (mount.type === 'volume' && !names.volumes.has(mount.source)) {
        undeclared(
          'volume',
          mount.source,
          names.volumes,
          { file: mount.at.file, path: [...mount.at.path, 'volume'] },
          names,
          problems,
        );
      }
    }
    if (OWN_IMAGES.has(server.name)) {
      problems.error(
        'invalid_name',
        `\`${server.name}\` is the name of an image that Toolcrib makes for itself.`,
        'Give the server another name.',
        server.at,
        'key',
      );
    }
    const other = prefixes.get(server.prefix);
    prefixes.set(server.prefix, other ?? server);
    // Two of one name are reported as such.
    if (!other || other.name === server.name) continue;
    const aliased = server.prefix !== server.name;
    problems.error(
      'duplicate_name',
      `The tools of \`${server.name}\` would be named \`${server.prefix}__…\`, like those of \`${other.name}\` (${problems.words(other.at)}).`,
      'Give one of them another `alias`.',
      { ...server.at, path: aliased ? [...server.at.path, 'alias'] : server.at.path },
      aliased ? undefined : 'key',
    );
  }
}

export function checkGrants(agents: readonly AgentConfig[], names: Names, problems: Problems): void {
  for (const { target, at } of agents.flatMap((agent) => [...agent.deny, ...agent.grants])) {
    const known = target.type === 'server' ? names.servers : names.toolboxes;
    if (!known.has(target.name))
      undeclared(target.type, target.name, known, { file: at.file, path: [...at.path, target.type] }, names, problems);
    else if (at.path[0] === 'grants' && known.get(target.name)?.file !== at.file)
      notOwned(target, { file: at.file, path: [...at.path, target.type] }, known, problems);
  }
}

/** A file's owner gives away only what is theirs. */
function notOwned(
  { type, name }: AgentConfig['grants'][number]['target'],
  at: Pointer,
  known: Map<string, Pointer>,
  problems: Problems,
): void {
  const home = known.get(name);
  problems.error(
    'grant_not_owned',
    `The ${type} \`${name}\` is declared at ${home ? problems.words(home) : 'another place'}; \`grants:\` gives away only what its own file declares.`,
    home ? `Grant it in ${home.file}, or where the agent is declared.` : 'Grant it where it is declared.',
    at,
  );
}

/** Agents that `grants:` of some file names, held against those that are declared. */
export function checkGrantees(files: readonly DeclaredFile[], names: Names, problems: Problems): void {
  for (const file of files) {
    for (const agent of keys(file, 'grants')) {
      if (!names.agents.has(agent))
        undeclared('agent', agent, names.agents, { file: file.name, path: ['grants', agent] }, names, problems, 'key');
    }
  }
}

function undeclared(
  kind: string,
  name: string,
  known: Map<string, Pointer>,
  at: Pointer,
  names: Names,
  problems: Problems,
  part?: 'key',
): void {
  if (!names.complete) return;
  const near = didYouMean(name, known.keys());
  const some = [...known.keys()].slice(0, 8).join(', ');
  const list = some === '' ? `Declare it: there is no ${kind} yet.` : `Declare it, or use one of: ${some}.`;
  problems.error(
    'undefined_reference',
    `No ${kind} \`${name}\` is declared in this project.`,
    near ? `Did you mean \`${near}\`?` : list,
    at,
    part,
  );
}

/** `moved:` of all files, each entry to be followed once: from what is gone to what this file declares. */
export function readMoves(files: readonly DeclaredFile[], names: Names, problems: Problems): MoveConfig[] {
  const moves: MoveConfig[] = [];
  for (const file of files) {
    const declared: unknown = file.shape.value.moved;
    for (const [index] of (Array.isArray(declared) ? declared : []).entries()) {
      const path = ['moved', index];
      const move = file.shape.value.moved?.[index];
      if (!move || !file.shape.sound(path)) continue;
      moves.push({ from: move.from as Address, to: move.to as Address, at: { file: file.name, path } });
    }
  }
  for (const move of moves) checkMove(move, moves, names, problems);
  return moves;
}

function checkMove(move: MoveConfig, moves: readonly MoveConfig[], names: Names, problems: Problems): void {
  const { from, to, at } = move;
  const refuse = (key: 'from' | 'to', detail: string, fix: string): void =>
    problems.error('invalid_move', detail, fix, { file: at.file, path: [...at.path, key] });
  const kind = kindOf(to);
  if (kindOf(from) !== kind) return refuse('to', `A ${kindOf(from)} cannot become a ${kind}.`, 'Name two of one kind.');
  const known = kind === 'server' ? names.servers : names.volumes;
  const still = known.get(nameOf(from));
  if (still) {
    const fix = 'Remove the entry, or give what is declared there a name that was never used.';
    return refuse('from', `\`${from}\` is declared at ${problems.words(still)}, so it has not moved.`, fix);
  }
  const [first] = moves.filter((each) => each.from === from);
  if (first && first !== move)
    return refuse(
      'from',
      `\`${from}\` moved to \`${first.to}\` already (${problems.words(first.at)}).`,
      'Keep one of the two.',
    );
  const next = (address: string): string | undefined => moves.find((each) => each.from === address)?.to;
  const seen = new Set<string>([from]);
  for (let end: string | undefined = to; end !== undefined; end = next(end)) {
    if (seen.has(end)) return refuse('to', `From \`${from}\` the entries lead in a circle.`, 'Remove one of them.');
    seen.add(end);
  }
  if (next(to) !== undefined) return; // moved on: the last of them is looked at
  const home = known.get(nameOf(to));
  if (home?.file === at.file || (!home && !names.complete)) return;
  if (home)
    return refuse(
      'to',
      `\`${to}\` is declared at ${problems.words(home)}, not in this file.`,
      `Write the entry in ${home.file}.`,
    );
  const meant = didYouMean(nameOf(to), known.keys());
  refuse(
    'to',
    `No ${kind} \`${nameOf(to)}\` is declared.`,
    meant ? `Did you mean \`${kind}.${meant}\`?` : 'Declare it, or remove the entry.',
  );
}
