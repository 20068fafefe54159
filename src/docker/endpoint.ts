/**
 * Where the engine is, found as Docker's own CLI finds it: DOCKER_HOST, then the context named by
 * DOCKER_CONTEXT or config.json, then the usual socket.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../diagnostics/failure.js';

export const USUAL_SOCKET = '/var/run/docker.sock';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TlsMaterial {
  ca: Buffer | null;
  cert: Buffer | null;
  key: Buffer | null;
  /** false: the server's certificate is not checked (`DOCKER_TLS`, a context with SkipTLSVerify). */
  verify: boolean;
}

export type Endpoint = {
  /** As a person would write it: `unix:///var/run/docker.sock`. */
  url: string;
  /** What said so: `DOCKER_HOST`, `context prod`, `default`. */
  from: string;
} & (
  | { type: 'unix'; path: string }
  | { type: 'tcp'; host: string; port: number; prefix: string; tls: TlsMaterial | null }
  | { type: 'ssh'; host: string; port: string; user: string; socket: string }
);

/** @throws Failure `engine_unreachable` when what is configured cannot be read or understood. */
export async function findEndpoint(env: Environment, home: string): Promise<Endpoint> {
  const folder = env.DOCKER_CONFIG || join(home, '.docker');
  if (env.DOCKER_HOST) return parseHost(env.DOCKER_HOST, 'DOCKER_HOST', await tlsFromEnvironment(env, folder));
  const context = env.DOCKER_CONTEXT || (await currentContext(folder));
  if (context && context !== 'default') return fromContext(context, folder);
  return parseHost(`unix://${USUAL_SOCKET}`, 'default', null);
}

export function parseHost(written: string, from: string, tls: TlsMaterial | null): Endpoint {
  const host = written.includes('://') ? written : `tcp://${written}`;
  if (host.startsWith('unix://')) {
    const path = host.slice('unix://'.length) || USUAL_SOCKET;
    return { type: 'unix', url: `unix://${path}`, from, path };
  }
  const url = URL.canParse(host) ? new URL(host) : misconfigured(from, `«${written}» is not an address`);
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  if (hostname === '') misconfigured(from, `«${written}» names no host`);
  switch (url.protocol) {
    case 'tcp:':
    case 'http:':
    case 'https:': {
      const secure = tls ?? (url.protocol === 'https:' ? { ca: null, cert: null, key: null, verify: true } : null);
      const port = Number(url.port || (secure ? 2376 : 2375));
      const prefix = url.pathname.replace(/\/+$/, '');
      return {
        type: 'tcp',
        url: `tcp://${url.hostname}:${port}${prefix}`,
        from,
        host: hostname,
        port,
        prefix,
        tls: secure,
      };
    }
    case 'ssh:': {
      const user = decodeURIComponent(url.username);
      const socket = url.pathname === '/' ? '' : url.pathname;
      const shown = `ssh://${user ? `${user}@` : ''}${url.host}${socket}`;
      return { type: 'ssh', url: shown, from, host: hostname, port: url.port, user, socket };
    }
    default:
      return misconfigured(
        from,
        `«${written}» is of a kind that toolcrib cannot use; unix://, tcp:// and ssh:// it can`,
      );
  }
}

async function tlsFromEnvironment(env: Environment, folder: string): Promise<TlsMaterial | null> {
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !env.DOCKER_TLS) return null;
  return { ...(await readTls(env.DOCKER_CERT_PATH || folder)), verify };
}

async function currentContext(folder: string): Promise<string | null> {
  const text = await readIfThere(join(folder, 'config.json'));
  if (text === null) return null;
  const config = parseJson(text.toString(), join(folder, 'config.json'));
  return typeof config.currentContext === 'string' ? config.currentContext : null;
}

/** Docker keeps each context under the SHA-256 of its name. */
async function fromContext(name: string, folder: string): Promise<Endpoint> {
  const from = `context ${name}`;
  const key = createHash('sha256').update(name).digest('hex');
  const file = join(folder, 'contexts', 'meta', key, 'meta.json');
  const text = await readIfThere(file);
  if (text === null) return misconfigured(from, `there is no Docker context of that name (${file})`);
  const endpoint = member(member(parseJson(text.toString(), file).Endpoints).docker);
  if (typeof endpoint.Host !== 'string' || endpoint.Host === '')
    return misconfigured(from, `${file} names no docker endpoint`);
  const tls = await readTls(join(folder, 'contexts', 'tls', key, 'docker'));
  const skip = endpoint.SkipTLSVerify === true;
  const secure = tls.ca || tls.cert || skip ? { ...tls, verify: !skip } : null;
  return parseHost(endpoint.Host, from, secure);
}

async function readTls(folder: string): Promise<Omit<TlsMaterial, 'verify'>> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readIfThere(join(folder, name))),
  );
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null };
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return misconfigured(file, `it cannot be read (${String(code)})`);
  }
}

function parseJson(text: string, file: string): Record<string, unknown> {
  try {
    return member(JSON.parse(text));
  } catch {
    return misconfigured(file, 'it is not JSON');
  }
}

function member(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function misconfigured(from: string, why: string): never {
  return fail(
    'engine_unreachable',
    `Where the Docker engine is could not be learnt from ${from}: ${why}.`,
    'Set DOCKER_HOST to an engine’s address, or choose a context with `docker context use`; `docker version` must work too.',
  );
}
