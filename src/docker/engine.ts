/** The engine port, put together from one file per kind of thing. */
import type { Engine } from '../engine/engine.js';
import type { EngineInfo } from '../model/inspect.js';
import type { EngineFacts } from '../model/state.js';
import type { Api } from './api.js';
import { archiveCalls } from './archive.js';
import { attachCalls } from './attach.js';
import { buildCalls } from './build.js';
import { containerCalls } from './containers.js';
import { imageCalls } from './images.js';
import { logCalls } from './logs.js';
import { networkCalls } from './networks.js';
import { pullCalls } from './pull.js';
import type { CredentialSource } from './registry-auth.js';
import { volumeCalls } from './volumes.js';

export interface VersionAnswer {
  Version: string;
  ApiVersion: string;
  /** The oldest that it still speaks. */
  MinAPIVersion: string;
  Os: string;
  Arch: string;
}

/** @param version asked for only by who wants to know. @param info what the engine has said of itself by then. */
export function createEngine(
  api: Api,
  version: (info: EngineInfo) => VersionAnswer | Promise<VersionAnswer>,
  credentials: CredentialSource,
): Engine {
  const containers = containerCalls(api);
  const archives = archiveCalls(api);
  let facts: Promise<EngineFacts> | null = null;
  return {
    ...containers,
    ...archives,
    ...attachCalls(api),
    ...buildCalls(api),
    ...imageCalls(api),
    ...logCalls(api),
    ...networkCalls(api),
    ...pullCalls(api, credentials),
    ...volumeCalls(api, { ...containers, ...archives }),
    facts: () => (facts ??= readFacts(api, version)),
    info: () => readInfo(api),
  };
}

async function readFacts(api: Api, asked: Parameters<typeof createEngine>[1]): Promise<EngineFacts> {
  const { url, from } = api.dialer.endpoint;
  const info = await readInfo(api);
  const version = await asked(info);
  return {
    id: info.ID,
    name: info.Name,
    version: version.Version,
    apiVersion: api.version,
    offeredApi: version.ApiVersion,
    platform: `${version.Os}/${version.Arch}`,
    endpoint: url,
    context: from === 'DOCKER_HOST' ? null : from.replace(/^context /, ''),
    ...(info.SwapLimit === false && { swapLimit: false }),
    ...(info.NCPU !== undefined && info.NCPU > 0 && { cpus: info.NCPU }),
  };
}

function readInfo(api: Api): Promise<EngineInfo> {
  return api.json<EngineInfo>({ method: 'GET', path: '/info' });
}
