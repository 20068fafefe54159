/** What the engine has of this project, its live policy included. Reads only. */
import { observe } from '../docker/observe.js';
import { readAck, readPolicyFiles, readRevoked } from '../docker/control.js';
import type { ReadEngine } from '../engine/engine.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { ActualState, LivePolicy } from '../model/state.js';
import { accessOf, protectedOf, tokensOf } from '../policy/access.js';
import type { Policy } from '../policy/artifact.js';
import { readPolicy } from '../policy/read.js';

export interface Survey {
  actual: ActualState;
  /** The live policy whole; null: none, or none that can be read. */
  policy: Policy | null;
  /** Container id of `control`; null: not there. */
  control: string | null;
}

export async function survey(engine: ReadEngine, project: ProjectIdentity, imageReferences: string[]): Promise<Survey> {
  const { control, ...seen } = await observe(engine, project, { imageReferences });
  if (!control) {
    return { actual: { ...seen, policy: null, ack: null, revoked: [] }, policy: null, control: null };
  }
  const id = control.inspect.Id;
  const [files, ack, revoked] = await Promise.all([
    readPolicyFiles(engine, id),
    readAck(engine, id),
    readRevoked(engine, id),
  ]);
  for (const file of files) {
    const read = readPolicy(Buffer.from(file.text));
    if ('error' in read) continue; // written by another toolcrib, or by hand: the next apply replaces it
    const { policy } = read;
    const live = { seq: file.seq, digest: file.digest, outside: !file.applied, ...summary(policy) };
    return { actual: { ...seen, policy: live, ack, revoked }, policy, control: id };
  }
  return { actual: { ...seen, policy: null, ack, revoked }, policy: null, control: id };
}

function summary(policy: Policy): Omit<LivePolicy, 'seq' | 'digest'> {
  const routes = Object.fromEntries(Object.entries(policy.servers).map(([name, server]) => [name, server.serving]));
  const own = { remotes: remotesOf(policy), protected: protectedOf(policy) };
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
