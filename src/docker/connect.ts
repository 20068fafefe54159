/** Finds the engine and agrees with it on an API version. */
import { arch, homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { engineArchitecture } from '../model/architecture.js';
import type { EngineInfo } from '../model/inspect.js';
import { createApi } from './api.js';
import { createDialer } from './dial.js';
import type { Dialer } from './dial.js';
import { findEndpoint } from './endpoint.js';
import type { Environment } from './endpoint.js';
import { createEngine } from './engine.js';
import type { VersionAnswer } from './engine.js';
import { EngineRefusal } from './errors.js';
import { unreachable } from './unreachable.js';

export interface ConnectOptions {
  env: Environment;
  /** Where `.docker` lies; the user's own by default. */
  home?: string;
  /** Until the engine must have answered. */
  timeoutMs?: number;
  /** Asks whatever it costs, where what is found out is to be pinned. */
  exact?: boolean;
}

/** Oldest and newest API that Toolcrib is tested with (engines 20.10 and 28). */
const OLDEST = '1.41';
export const NEWEST = '1.51';
const DEADLINE_MS = 10_000;

/** @throws Failure `engine_unreachable`, `engine_too_old`, `engine_too_new`. */
export async function connectEngine({
  env,
  home,
  timeoutMs = DEADLINE_MS,
  exact = false,
}: ConnectOptions): Promise<Engine> {
  const folder = home ?? env.HOME ?? homedir();
  const endpoint = await findEndpoint(env, folder);
  const dialer = await createDialer(endpoint, env);
  const credentials = { env, folder: env.DOCKER_CONFIG || join(folder, '.docker') };
  const plain = createApi(dialer, '');
  const pinged = await ping(dialer, timeoutMs);
  if (pinged !== null && isAtLeast(pinged, OLDEST) && isAtLeast(NEWEST, pinged))
    return createEngine(
      createApi(dialer, pinged),
      (info) => (exact ? null : toldBy(info, pinged)) ?? ask(plain, timeoutMs),
      credentials,
    );
  const said = await ask(plain, timeoutMs);
  if (!isAtLeast(said.ApiVersion, OLDEST)) refuseOld(said, endpoint.url);
  if (!isAtLeast(NEWEST, said.MinAPIVersion)) refuseNew(said, endpoint.url);
  const version = isAtLeast(said.ApiVersion, NEWEST) ? NEWEST : said.ApiVersion;
  return createEngine(createApi(dialer, version), () => Promise.resolve(said), credentials);
}

/**
 * The engine's API version, told by a header at once: for all that `/version` says, older engines start two programs.
 * null: it is not told so, or there is no short way to ask.
 */
async function ping({ reads, endpoint }: Dialer, deadlineMs: number): Promise<string | null> {
  if (!reads) return null;
  try {
    const { status, head } = await reads.get('/_ping', deadlineMs);
    return status === 200 ? (/^api-version: *(\d+\.\d+) *$/im.exec(head)?.[1] ?? null) : null;
  } catch (error) {
    throw unreachable(error, endpoint);
  }
}

/**
 * What `/version` would say, for which older engines start two programs. null: it is to be asked. The architecture told
 * here is the kernel's: the engine may be of half its width.
 */
function toldBy({ ServerVersion, OSType, Architecture = '' }: EngineInfo, offered: string): VersionAnswer | null {
  const known = engineArchitecture(Architecture, arch());
  if (!ServerVersion || !OSType || known === null) return null;
  return { Version: ServerVersion, ApiVersion: offered, MinAPIVersion: OLDEST, Os: OSType, Arch: known };
}

async function ask(api: ReturnType<typeof createApi>, deadlineMs: number): Promise<VersionAnswer> {
  const url = api.dialer.endpoint.url;
  try {
    const said = await api.json<Partial<VersionAnswer>>({ method: 'GET', path: '/version', deadlineMs });
    const { Version = 'unknown', ApiVersion, MinAPIVersion = OLDEST, Os = 'linux', Arch = 'unknown' } = said;
    if (typeof ApiVersion !== 'string' || !/^\d+\.\d+$/.test(ApiVersion))
      return notDocker(url, 'it names no API version');
    return { Version, ApiVersion, MinAPIVersion, Os, Arch };
  } catch (error) {
    if (error instanceof EngineRefusal) return notDocker(url, `it answered ${error.status}: ${error.words}`);
    throw error;
  }
}

function notDocker(url: string, why: string): never {
  return fail(
    'engine_unreachable',
    `What answers at ${url} is not a Docker engine, or not to us: ${why}.`,
    'Check the address in DOCKER_HOST or the Docker context, and whether it needs TLS; `docker version` must work too.',
  );
}

function isAtLeast(version: string, bound: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [boundMajor = 0, boundMinor = 0] = bound.split('.').map(Number);
  return major > boundMajor || (major === boundMajor && minor >= boundMinor);
}

function refuseOld(said: VersionAnswer, url: string): never {
  return fail(
    'engine_too_old',
    `The engine at ${url} is ${said.Version} and speaks API ${said.ApiVersion}; toolcrib needs API ${OLDEST}.`,
    'Upgrade Docker to 20.10 or later on that host.',
  );
}

/** What it would do with older requests is nobody's promise. */
function refuseNew(said: VersionAnswer, url: string): never {
  return fail(
    'engine_too_new',
    `The engine at ${url} is ${said.Version} and speaks no API before ${said.MinAPIVersion}; this toolcrib speaks up to ${NEWEST}.`,
    'Upgrade toolcrib; one that knows this engine speaks its API.',
  );
}
