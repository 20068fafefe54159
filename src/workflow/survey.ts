/** What the engine has of this project, its live policy included. Reads only. */
import { isOneFolder, readLive } from '../docker/control.js';
import type { PolicyFile, PolicyName } from '../docker/control.js';
import { claimantsOf, controlOf, look, observe } from '../docker/observe.js';
import type { Look } from '../docker/observe.js';
import { spokenOfLater } from '../docker/spoken-of-later.js';
import type { ContainerSummary, ReadEngine } from '../engine/engine.js';
import type { Ack } from '../model/ack.js';
import { LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { ActualState, LivePolicy } from '../model/state.js';
import { accessOf, certificateOf, protectedOf, telemetryOf, tokensOf } from '../policy/access.js';
import { remoteFacts } from '../policy/remote-facts.js';
import type { Policy } from '../policy/artifact.js';
import { readPolicy } from '../policy/read.js';

export interface Survey {
  actual: ActualState;
  /** The live policy whole; null: none, or none that can be read. */
  policy: Policy | null;
  /** Container id of `control`; null: not there. */
  control: string | null;
  /** Policy files that count, whether they can be read or not, newest first. */
  files: PolicyName[];
}

/** What lies behind a control, asked for before anybody knows that it is ours: what comes counts only if it is. */
export interface Ahead {
  id: string;
  holdsKeys: boolean;
  live: ReturnType<typeof readLive>;
}

/**
 * @param at the look at the engine, where it was begun already.
 * @param ahead what was asked for already; null: nothing.
 */
export async function survey(
  engine: ReadEngine,
  project: ProjectIdentity,
  imageReferences: string[] | Promise<string[]>,
  at: Look = look(engine),
  ahead: Ahead | null = null,
): Promise<Survey> {
  // The engine takes its time for an archive, and lists and inspects meanwhile.
  const [{ inForce, ...behind }, seen] = await Promise.all([
    lookBehind(engine, at, project, ahead),
    at.listing.then((listing) => observe(listing, project, { imageReferences })),
  ]);
  return { ...behind, actual: { ...seen, ...inForce } };
}

interface BehindControl extends Omit<Survey, 'actual'> {
  inForce: Pick<ActualState, 'policy' | 'foreignPolicy' | 'ack' | 'revoked' | 'keys'>;
}

export function readAhead(engine: ReadEngine, { id, labels }: ContainerSummary): Ahead {
  const holdsKeys = labels[LABEL.keys] !== undefined;
  return { id, holdsKeys, live: spokenOfLater(readLive(engine, id, { holdsKeys })) };
}

async function lookBehind(
  engine: ReadEngine,
  at: Look,
  project: ProjectIdentity,
  known: Ahead | null,
): Promise<BehindControl> {
  const nothing = { policy: null, control: null, files: [] };
  const [claimant, ...others] = await claimantsOf(at, project);
  const only = claimant && others.length === 0 ? claimant : null;
  const ahead = only && (known?.id === only.id ? known : readAhead(engine, only));
  const inspect = (await controlOf(at, project))?.inspect ?? null;
  const control = inspect?.Id ?? null;
  if (control === null) return { ...nothing, inForce: { policy: null, ack: null, revoked: [] } };
  const mounts = (inspect?.Mounts ?? []).map(({ Destination }) => Destination);
  const holdsKeys = inspect?.Config.Labels?.[LABEL.keys] !== undefined;
  const begun = ahead?.id === control && (ahead.holdsKeys ? holdsKeys : isOneFolder(mounts)) ? ahead.live : null;
  const { policies, ack, revoked, keys } = await (begun ?? readLive(engine, control, { mounts, holdsKeys }));
  const found = liveOf(policies, ack);
  const foreign = found === 'foreign' && { foreignPolicy: true };
  const { live = null, policy = null } = found === 'foreign' || found === null ? {} : found;
  return {
    inForce: { policy: live, ...foreign, ack, revoked, ...(keys.length > 0 && { keys }) },
    policy,
    control,
    files: policies.map(({ seq, digest }) => ({ seq, digest })),
  };
}

/**
 * The newest that can be read: what cannot was written by another toolcrib, or by hand, and no proxy of this build takes
 * it either. One of another build may enforce it: then older ones say nothing of the access that there is.
 */
function liveOf(
  files: readonly PolicyFile[],
  ack: Ack | null,
): { live: LivePolicy; policy: Policy } | 'foreign' | null {
  for (const { seq, digest, applied, text, volumes } of files) {
    const read = readPolicy(Buffer.from(text));
    if ('policy' in read) {
      const { policy } = read;
      const beside = { outside: !applied, ...(volumes && { volumes }) };
      return { live: { seq, digest, ...beside, ...summary(policy) }, policy };
    }
    if (digest === ack?.digest) return 'foreign';
  }
  return null;
}

function summary(policy: Policy): Omit<LivePolicy, 'seq' | 'digest'> {
  const routes = Object.fromEntries(Object.entries(policy.servers).map(([name, server]) => [name, server.serving]));
  const own = {
    remotes: remotesOf(policy),
    protected: protectedOf(policy),
    certificate: certificateOf(policy),
    telemetry: telemetryOf(policy),
  };
  return { access: accessOf(policy), tokens: tokensOf(policy), routes, ...own };
}

/** What the policy serves that no engine has. */
export function remotesOf({ servers }: Policy): LivePolicy['remotes'] {
  return Object.fromEntries(
    Object.entries(servers).flatMap(([name, { generations, serving }]) => {
      const generation = generations[String(serving)];
      if (generation?.transport.type !== 'remote') return [];
      return [[name, remoteFacts(generation.transport, generation.definitions)]];
    }),
  );
}
