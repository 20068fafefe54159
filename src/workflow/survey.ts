/** What the engine has of this project, its live policy included. Reads only. */
import { observe } from '../docker/observe.js';
import { readAck, readPolicyFiles, readRevoked } from '../docker/control.js';
import type { PolicyFile } from '../docker/control.js';
import type { ReadEngine } from '../engine/engine.js';
import type { Ack } from '../model/ack.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { ActualState, LivePolicy } from '../model/state.js';
import { accessOf, certificateOf, protectedOf, tokensOf } from '../policy/access.js';
import type { Policy } from '../policy/artifact.js';
import { readPolicy } from '../policy/read.js';

export interface Survey {
  actual: ActualState;
  /** The live policy whole; null: none, or none that can be read. */
  policy: Policy | null;
  /** Container id of `control`; null: not there. */
  control: string | null;
  /** Of any policy file that counts, whether it can be read or not. */
  lastSeq: number;
}

export async function survey(engine: ReadEngine, project: ProjectIdentity, imageReferences: string[]): Promise<Survey> {
  const { control, ...seen } = await observe(engine, project, { imageReferences });
  if (!control) {
    return { actual: { ...seen, policy: null, ack: null, revoked: [] }, policy: null, control: null, lastSeq: 0 };
  }
  const id = control.inspect.Id;
  const [files, ack, revoked] = await Promise.all([
    readPolicyFiles(engine, id),
    readAck(engine, id),
    readRevoked(engine, id),
  ]);
  const found = liveOf(files, ack);
  const foreign = found === 'foreign' && { foreignPolicy: true };
  const { live = null, policy = null } = found === 'foreign' || found === null ? {} : found;
  const actual = { ...seen, policy: live, ...foreign, ack, revoked };
  return { actual, policy, control: id, lastSeq: files[0]?.seq ?? 0 };
}

/**
 * The newest that can be read: what cannot was written by another toolcrib, or by hand, and no proxy of this build takes
 * it either. One of another build may enforce it: then older ones say nothing of the access that there is.
 */
function liveOf(
  files: readonly PolicyFile[],
  ack: Ack | null,
): { live: LivePolicy; policy: Policy } | 'foreign' | null {
  for (const { seq, digest, applied, text } of files) {
    const read = readPolicy(Buffer.from(text));
    if ('policy' in read) {
      const { policy } = read;
      return { live: { seq, digest, outside: !applied, ...summary(policy) }, policy };
    }
    if (digest === ack?.digest) return 'foreign';
  }
  return null;
}

function summary(policy: Policy): Omit<LivePolicy, 'seq' | 'digest'> {
  const routes = Object.fromEntries(Object.entries(policy.servers).map(([name, server]) => [name, server.serving]));
  const own = { remotes: remotesOf(policy), protected: protectedOf(policy), certificate: certificateOf(policy) };
  return { access: accessOf(policy), tokens: tokensOf(policy), routes, ...own };
}

/** What the policy serves that no engine has. */
export function remotesOf({ servers }: Policy): LivePolicy['remotes'] {
  return Object.fromEntries(
    Object.entries(servers).flatMap(([name, { generations, serving }]) => {
      const generation = generations[String(serving)];
      if (generation?.transport.type !== 'remote') return [];
      return [[name, { url: generation.transport.url, definitions: generation.definitions }]];
    }),
  );
}
