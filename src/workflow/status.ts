/** `toolcrib status`: what runs, what the proxy says of itself, and what has drifted. Reads only. */
import { lastWords } from '../apply/last-words.js';
import { generationKey } from '../model/ack.js';
import type { GenerationStatus } from '../model/ack.js';
import type { Address } from '../model/address.js';
import { LABEL } from '../model/labels.js';
import type { ActualState, OwnedContainer } from '../model/state.js';
import type { Change, Plan } from '../plan/plan.js';
import { isTool } from '../policy/access.js';
import type { Context } from './context.js';
import type { Declared } from './declare.js';
import { endpointOf, listensAt } from './endpoint.js';
import { healthOf } from './health.js';
import type { Health, Standing } from './health.js';
import { begin, planAgainst } from './plan.js';
import type { Survey } from './survey.js';

export type ServerState = 'running' | 'starting' | 'unhealthy' | 'stopped' | 'missing' | 'remote';

/** DESIGN.md, "Interfaces": the shape of `status --json`. */
export interface StatusReport {
  project: string;
  engine: { id: string; version: string };
  health: Health;
  proxy: { state: Standing; endpoint: string; policy: string | null };
  servers: {
    address: Address;
    state: ServerState;
    reason: string | null;
    image: string | null;
    restarts: number;
    tools: number;
    drift: boolean;
    /** Its last words on stderr, where it does not serve as it should. */
    stderr: string[];
    /** Of a template: the instances there are. */
    instances: { instance: string; state: string }[];
  }[];
  agents: { address: Address; tools: number; tokens: number }[];
}

export async function status(context: Context): Promise<StatusReport> {
  const { engine, declared, seen } = await begin(context);
  const { plan, survey } = await planAgainst(engine, declared, context, {}, seen);
  const { actual } = survey;
  const proxy = actual.containers.find((each) => each.address === 'proxy');
  const bridge = actual.containers.find((each) => each.address === 'bridge');
  const now = context.now().getTime();
  const servers = await Promise.all(
    declared.config.servers.map(async ({ name }) => {
      const found = serverStatus(name, declared, survey, plan, now);
      const generation = actual.policy?.routes[name] ?? null;
      const silent = generation === null || !bridge || found.state === 'running' || found.state === 'remote';
      const stderr = silent ? [] : await lastWords(engine, bridge.inspect.Id, { server: name, generation });
      return { ...found, stderr };
    }),
  );
  // Where it can be called, also while another place is declared but not applied.
  const endpoint = endpointOf(declared, proxy?.inspect.State.Running ? listensAt(proxy.inspect) : undefined);
  return {
    project: declared.config.project.name,
    engine: { id: actual.engine.id, version: actual.engine.version },
    health: healthOf({ proxy: standingOf(proxy), bridge: standingOf(bridge) }, servers),
    proxy: { state: standingOf(proxy), endpoint, policy: actual.ack?.digest || null },
    servers,
    agents: declared.config.agents.map((agent) => ({
      address: `agent.${agent.name}`,
      tools: (actual.policy?.access ?? []).filter((each) => each.agent === agent.name && isTool(each)).length,
      tokens: (actual.policy?.tokens ?? []).filter((token) => token.agent === agent.name).length,
    })),
  };
}

function standingOf(container: OwnedContainer | undefined): Standing {
  return !container ? 'missing' : container.inspect.State.Running ? 'running' : 'stopped';
}

function serverStatus(
  name: string,
  declared: Declared,
  survey: Survey,
  plan: Plan,
  now: number,
): Omit<StatusReport['servers'][number], 'stderr'> {
  const address = `server.${name}` as const;
  const { actual } = survey;
  const generation = actual.policy?.routes[name] ?? null;
  const container = serving(actual.containers, address, generation);
  const said = generation === null ? undefined : actual.ack?.generations[generationKey(name, generation)];
  const change = plan.changes.find((each) => each.address === address);
  const remote = declared.desired.remotes.some((each) => each.address === address);
  const instances = actual.instances
    .filter((each) => each.address === address && each.generation === generation)
    .map(({ instance, inspect }) => ({ instance, state: inspect.State.Status }));
  return {
    address,
    ...(remote ? { state: 'remote', reason: remoteReason(generation, said) } : stateOf(container, said, now)),
    image: container ? imageOf(container, declared, actual) : null,
    restarts: said?.restarts ?? 0,
    tools: declared.lock.servers[name]?.definitions.tools.length ?? 0,
    drift: isDrift(change),
    instances,
  };
}

/** Nothing of it is on this engine, so that all there is to say is what the proxy says. */
function remoteReason(generation: number | null, said: GenerationStatus | undefined): string | null {
  if (generation === null) return 'no policy in force names it; run `toolcrib plan`';
  if (said?.state === 'failed') return said.reason;
  if (said?.state !== 'ready') return 'the proxy has not met it yet';
  return withheldReason(said);
}

/** By the name it is declared under, where it is that image; else by the id it was created from. */
function imageOf({ address, inspect }: OwnedContainer, declared: Declared, actual: ActualState): string {
  const wanted = declared.desired.containers.find((each) => each.address === address)?.spec.image ?? '';
  return actual.images[wanted]?.Id === inspect.Image ? wanted : inspect.Image;
}

function serving(
  containers: OwnedContainer[],
  address: Address,
  generation: number | null,
): OwnedContainer | undefined {
  return containers.find((each) => each.address === address && each.generation === generation);
}

function stateOf(
  container: OwnedContainer | undefined,
  said: GenerationStatus | undefined,
  now: number,
): { state: ServerState; reason: string | null } {
  if (!container) return { state: 'missing', reason: 'no container of it serves on this engine; run `toolcrib plan`' };
  const { State } = container.inspect;
  if (said?.state === 'failed') return { state: 'unhealthy', reason: said.reason };
  if (State.Paused) return { state: 'unhealthy', reason: 'the container is paused' };
  if (said && isCrashing(said, now)) return { state: 'unhealthy', reason: crashReason(said) };
  const template = (container.inspect.Config.Labels?.[LABEL.instances] ?? 'shared') !== 'shared';
  if (!State.Running && !template)
    return { state: 'stopped', reason: `the container is ${State.Status} (exit code ${State.ExitCode})` };
  if (said?.state !== 'ready') return { state: 'starting', reason: 'the proxy has not finished the handshake' };
  return { state: 'running', reason: withheldReason(said) };
}

/** Started so often, and last so lately, that it will not be for long. */
const OFTEN = 3;
const LATELY_MS = 30_000;

/** It served and ended; whether it stays this time is not known yet. */
function isCrashing({ state, code, restarts, since }: GenerationStatus, now: number): boolean {
  if (state === 'starting') return code === 'server_exited';
  return state === 'ready' && restarts >= OFTEN && now - Date.parse(since) < LATELY_MS;
}

function crashReason({ state, reason, restarts }: GenerationStatus): string {
  const often = restarts === 1 ? '1 restart' : `${restarts} restarts`;
  if (state === 'ready') return `it has just come back, after ${often}`;
  return `it ended and is started again, after ${often}${reason === null ? '' : `: ${reason}`}`;
}

function withheldReason({ quarantined, missing }: GenerationStatus): string | null {
  const withheld = [...quarantined, ...missing];
  return withheld.length > 0 ? `withheld, not as locked: ${withheld.join(', ')}` : null;
}

function isDrift(change: Change | undefined): boolean {
  return change?.cause === 'drift' || (change?.fields ?? []).some((field) => field.cause === 'drift');
}
