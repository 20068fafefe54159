/**
 * Everything that a plan was made from, as values that can be laid beside those of another moment: the files, what
 * they declare, and what the engine has of the project. No secret is in it: what looks like one is a salted hash.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { shown } from '../config/project-files.js';
import type { Config } from '../config/config.js';
import { canonicalize } from '../definitions/canonical.js';
import { LOCK_FILE, LOCK_FOLDER, TOKEN_FOLDER } from '../lock/names.js';
import type { Json } from '../model/definitions.js';
import type { ActualState, OwnedContainer } from '../model/state.js';
import { isPaused } from '../plan/container-plan.js';
import { surroundings } from '../plan/plan-project.js';
import { liveFields } from '../plan/fields/projection.js';
import { isSensitive } from '../plan/fields/sensitive.js';
import type { Surroundings } from '../plan/fields/sides.js';
import { buildDigest } from '../sources/build-folder.js';
import type { Context } from './context.js';
import { roleDigest } from './distribution.js';
import type { Planned } from './planned.js';

/** Group → name → value: `container toolcrib.acme.server.files.g1` → `memory` → 268435456. */
export type Fingerprint = Record<string, Record<string, Json>>;

export async function fingerprint(planned: Planned, context: Context, salt: string): Promise<Fingerprint> {
  const { declared, survey, plan } = planned;
  const { actual } = survey;
  const { engine } = actual;
  return {
    ...(await ownVersion(context)),
    project: { name: plan.project.name, id: plan.project.id, environment: context.environment },
    engine: { id: engine.id, 'API version': engine.apiVersion, platform: engine.platform },
    file: await fileHashes(await filesOf(planned, context), context.dir),
    'build folder': await buildFolders(declared.config),
    declaration: declarations(planned, salt),
    ...Object.fromEntries(containers(planned, salt)),
    network: Object.fromEntries(
      actual.networks.map((each) => [each.Name, `${each.Id.slice(0, 12)}${each.Internal ? ' (internal)' : ''}`]),
    ),
    volume: Object.fromEntries(
      [...actual.volumes, ...externalVolumes(planned)].map((each) => [each.Name, each.Driver]),
    ),
    image: images(actual),
    leftover: Object.fromEntries(actual.leftovers.map((each) => [each.name, each.id.slice(0, 12)])),
    policy: policy(actual),
    server: Object.fromEntries(
      Object.entries(actual.ack?.generations ?? {}).map(([key, said]) => [
        key,
        said.state === 'failed' ? 'failed' : 'at work',
      ]),
    ),
    'conflicting name': Object.fromEntries(actual.conflicts.map((each) => [each.name, each.owner])),
    artifact: { digest: plan.policyDigest },
  };
}

/** Others' volumes come and go, and are nothing to this plan unless it mounts them. */
function externalVolumes({ desired, survey }: Planned): ActualState['foreignVolumes'] {
  return survey.actual.foreignVolumes.filter(({ Name }) => desired.externals.some(({ name }) => name === Name));
}

/** Another version may plan otherwise, and another build makes other system containers. */
export async function ownVersion(context: Context): Promise<Fingerprint> {
  return { toolcrib: { version: context.version, build: roleDigest(context.distribution) } };
}

/** SHA-256 of each file as it is now; null: not there. Names are relative to the command's folder. */
export async function fileHashes(files: readonly string[], dir: string): Promise<Record<string, Json>> {
  const hashes = files.map(async (file) => {
    const bytes = await readFile(resolve(dir, file)).catch(() => null);
    return [file, bytes && `sha256:${createHash('sha256').update(bytes).digest('hex')}`] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

/** The declaration, the lock and the tokens. */
async function filesOf({ declared }: Planned, context: Context): Promise<string[]> {
  const { files, root } = declared.config;
  const beside = await Promise.all(
    [LOCK_FOLDER, TOKEN_FOLDER].map(async (folder) => {
      const names = await readdir(join(root, folder)).catch(() => []);
      return names.filter((name) => /\.(json|yaml)$/.test(name)).map((name) => join(root, folder, name));
    }),
  );
  const lock = [join(root, LOCK_FILE), ...beside.flat()].map((path) => shown(context.dir, path));
  return [...new Set([...files, ...lock])].sort();
}

export async function buildFolders({ servers }: Config): Promise<Record<string, Json>> {
  const folders = servers.flatMap(({ source }) => (source.type === 'build' ? [source] : []));
  const hashed = folders.map(async (source) => [source.declared, await buildDigest(source)] as const);
  return Object.fromEntries(await Promise.all(hashed));
}

/** What the files come to: with other variables, or in another environment, the same files declare something else. */
function declarations({ desired }: Planned, salt: string): Record<string, Json> {
  const { containers: declared, networks, volumes } = desired;
  const all = [...declared, ...networks, ...volumes];
  return Object.fromEntries(all.map((each) => [each.address, saltedHash(salt, each as unknown as Json)]));
}

function containers({ desired, survey: { actual } }: Planned, salt: string): [string, Record<string, Json>][] {
  const around = surroundings(actual, desired.externals);
  return actual.containers.map((each) => [
    `container ${each.inspect.Name.replace(/^\//, '')}`,
    containerFields(each, around, salt),
  ]);
}

function containerFields(each: OwnedContainer, around: Surroundings, salt: string): Record<string, Json> {
  const fields: Record<string, Json> = { id: each.inspect.Id.slice(0, 12), state: stateOf(each) };
  for (const [field, { value }] of liveFields({ ...each, around })) {
    fields[field] = isSensitive(field) ? `(sensitive, ${saltedHash(salt, value)})` : value;
  }
  return fields;
}

/** Whether a server runs right now is its bridge's affair, and may change at any moment. */
function stateOf(each: OwnedContainer): string {
  if (isPaused(each)) return 'paused';
  const { Status } = each.inspect.State;
  if (Status === 'dead' || Status === 'removing') return Status;
  return each.address.startsWith('server.') ? 'kept by the bridge' : Status;
}

function images({ images: known, ownImages }: ActualState): Record<string, Json> {
  return Object.fromEntries([
    ...Object.entries(known).map(([reference, image]) => [reference, image?.Id ?? null] as const),
    ...ownImages.flatMap(({ id, tags }) => tags.map((tag) => [tag, id] as const)),
  ]);
}

function policy({ policy: live, ack, revoked }: ActualState): Record<string, Json> {
  return {
    'in force': live && `${live.seq} (${live.digest})`,
    'enforced by the proxy': ack && `${ack.seq} (${ack.digest})`,
    'revoked for good': [...revoked].sort(),
  };
}

export function saltedHash(salt: string, value: Json): string {
  return createHash('sha256')
    .update(`${salt} ${canonicalize(JSON.parse(JSON.stringify(value)) as Json)}`)
    .digest('hex')
    .slice(0, 16);
}
