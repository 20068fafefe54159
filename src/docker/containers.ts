/** Containers: listing, inspecting, and their life from create to remove. */
import { fail } from '../diagnostics/failure.js';
import type { ContainerSummary, ContainerUpdateFields, Engine } from '../engine/engine.js';
import type { ContainerInspect, EngineInfo } from '../model/inspect.js';
import { findInStep } from './api.js';
import type { Api, Call } from './api.js';
import { cloneBody, createBody } from './create-body.js';
import type { CreateOptions } from './create-body.js';
import { engineFailure, EngineRefusal, isConflict, isNotFound } from './errors.js';
import { explainStart } from './port-clash.js';
import { pause } from './pause.js';

type ContainerCalls = Pick<
  Engine,
  | 'listContainers'
  | 'listContainersNamed'
  | 'listContainersOn'
  | 'inspectContainer'
  | 'createContainer'
  | 'cloneContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'killContainer'
  | 'updateContainer'
  | 'removeContainer'
  | 'waitContainer'
>;

interface ListedContainer {
  Id: string;
  Names?: string[] | null;
  Labels?: Record<string, string> | null;
  State: string;
  ImageID: string;
}

/** Seconds over its own time-out that a stop may take before the engine counts as hung. */
const STOP_GRACE_SECONDS = 30;
const REMOVAL_SECONDS = 10;

export function containerCalls(api: Api): ContainerCalls {
  const list = async (filters: Record<string, string[]>): Promise<ContainerSummary[]> => {
    const query = { all: true, filters: JSON.stringify(filters) };
    return (await api.json<ListedContainer[]>({ method: 'GET', path: '/containers/json', query })).map(summary);
  };
  const inspect = (id: string): Promise<ContainerInspect | null> =>
    findInStep<ContainerInspect>(api, id, { method: 'GET', path: `${at(id)}/json` });

  return {
    listContainers: (labels) => list({ label: labels }),
    async listContainersNamed(prefix) {
      // The engine's filter is a regular expression.
      const pattern = `^/${prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
      const found = await list({ name: [pattern] });
      return found.filter((each) => each.names.some((name) => name.startsWith(prefix)));
    },
    listContainersOn: (volume) => list({ volume: [volume] }),
    inspectContainer: inspect,
    async createContainer(name, spec, options: CreateOptions = {}) {
      const call = {
        method: 'POST',
        path: '/containers/create',
        query: { name },
        json: createBody(spec, options),
      } as const;
      try {
        return (await api.json<{ Id: string }>(call)).Id;
      } catch (error) {
        throw explainCreate(error);
      }
    },
    async cloneContainer(original, name, labels) {
      const found =
        (await inspect(original)) ??
        fail('engine_error', `Container ${original.slice(0, 12)} is not there to be copied.`, 'Run `toolcrib apply`.');
      const call = { method: 'POST', path: '/containers/create', query: { name } } as const;
      return (await api.json<{ Id: string }>({ ...call, json: cloneBody(found, labels) })).Id;
    },
    async startContainer(id) {
      try {
        await api.call({ method: 'POST', path: `${at(id)}/start` });
      } catch (error) {
        throw await explainStart(error, api, await inspect(id).catch(() => null));
      }
    },
    stopContainer: (id, timeoutSeconds) =>
      unlessGone(api, {
        method: 'POST',
        path: `${at(id)}/stop`,
        query: { t: timeoutSeconds },
        deadlineMs: (timeoutSeconds + STOP_GRACE_SECONDS) * 1000,
      }),
    async killContainer(id) {
      try {
        await unlessGone(api, { method: 'POST', path: `${at(id)}/kill` });
      } catch (error) {
        if (!isConflict(error)) throw error; // it does not run
      }
    },
    async updateContainer(id, set) {
      await api.call({ method: 'POST', path: `${at(id)}/update`, json: updateBody(set) });
      const live = await inspect(id);
      const ignored = notTaken(set, live, live?.HostConfig.MemorySwap === -1 && (await limitsNoSwap(api)));
      if (ignored.length > 0) refuseSilence(id, ignored);
    },
    async removeContainer(id) {
      try {
        await unlessGone(api, { method: 'DELETE', path: at(id), query: { force: true, v: true } });
      } catch (error) {
        if (!isConflict(error)) throw error;
        await untilGone(() => inspect(id), error); // the engine removes it already
      }
    },
    async waitContainer(id) {
      const query = { condition: 'not-running' };
      const call = { method: 'POST', path: `${at(id)}/wait`, query, deadlineMs: null } as const;
      return (await api.json<{ StatusCode: number }>(call)).StatusCode;
    },
  };
}

function at(id: string): string {
  return `/containers/${encodeURIComponent(id)}`;
}

function summary(listed: ListedContainer): ContainerSummary {
  return {
    id: listed.Id,
    names: (listed.Names ?? []).map((name) => name.replace(/^\//, '')),
    labels: listed.Labels ?? {},
    state: listed.State,
    imageId: listed.ImageID,
  };
}

async function unlessGone(api: Api, call: Call): Promise<void> {
  try {
    await api.call(call);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function untilGone(look: () => Promise<unknown>, otherwise: unknown): Promise<void> {
  const end = performance.now() + REMOVAL_SECONDS * 1000;
  while ((await look()) !== null) {
    if (performance.now() > end) throw otherwise;
    await pause(100);
  }
}

/** A swap limit below the memory limit is refused, so both are always sent. */
function updateBody(set: ContainerUpdateFields): Record<string, unknown> {
  return {
    ...(set.memory === undefined ? {} : { Memory: set.memory, MemorySwap: set.memory }),
    ...(set.nanoCpus === undefined ? {} : { NanoCpus: set.nanoCpus }),
    ...(set.pids === undefined ? {} : { PidsLimit: set.pids }),
    ...(set.restart === undefined ? {} : { RestartPolicy: { Name: set.restart, MaximumRetryCount: 0 } }),
  };
}

async function limitsNoSwap(api: Api): Promise<boolean> {
  return (await api.json<EngineInfo>({ method: 'GET', path: '/info' })).SwapLimit === false;
}

/**
 * Engines answer 200 to an update and leave out what they don't do (0 means «leave it» to them, for one).
 * @param swapless the kernel limits no swap, and the engine says -1 whatever it is told.
 */
function notTaken(set: ContainerUpdateFields, live: ContainerInspect | null, swapless: boolean): string[] {
  const host = live?.HostConfig;
  const pairs: [string, unknown, unknown][] = [
    ['memory', set.memory, host?.Memory],
    ['memory with swap', swapless ? undefined : set.memory, host?.MemorySwap],
    ['cpus', set.nanoCpus, host?.NanoCpus],
    ['pids', set.pids, host?.PidsLimit],
    ['restart policy', set.restart, host?.RestartPolicy?.Name || 'no'],
  ];
  return pairs.filter(([, wanted, got]) => wanted !== undefined && wanted !== got).map(([name]) => name);
}

function refuseSilence(id: string, ignored: string[]): never {
  return fail(
    'engine_error',
    `The engine accepted an update of container ${id.slice(0, 12)} but left as it was: ${ignored.join(', ')}.`,
    'Its host may lack that limit (`docker info` ends with warnings about cgroups); else run `toolcrib apply` again.',
  );
}

function explainCreate(error: unknown): unknown {
  const missing = error instanceof EngineRefusal && /bind source path does not exist: (.+)/.exec(error.words)?.[1];
  if (!missing) return error;
  return engineFailure(
    'mount_source_missing',
    `The engine's host has no ${missing}, which is to be mounted.`,
    'Make it on the host that the engine runs on (not where this command runs), or mend the mount’s source.',
  );
}
