/** What `docker login` left for a registry, as the header that the engine wants with a pull: from config.json or its credential helpers. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './endpoint.js';

export interface CredentialSource {
  env: Environment;
  /** Folder of config.json. */
  folder: string;
}

/** Docker Hub's key in config.json, for history's sake. */
const HUB = 'https://index.docker.io/v1/';
const HELPER_MS = 15_000;

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

/** null: none is known; public images need none. */
export async function registryAuth(reference: string, source: CredentialSource): Promise<string | null> {
  const config = await readConfig(join(source.folder, 'config.json'));
  const registry = registryOf(reference);
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  const login = (helper ? await fromHelper(helper, registry, source.env) : null) ?? fromFile(config, registry);
  return login && Buffer.from(JSON.stringify({ ...login, serveraddress: registry })).toString('base64url');
}

/** The first segment is a registry when it looks like a host (distribution/reference, ParseNormalizedNamed). */
export function registryOf(reference: string): string {
  const slash = reference.indexOf('/');
  const first = slash < 0 ? '' : reference.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  return isHost && first !== 'docker.io' ? first : HUB;
}

type Login = { username: string; password: string } | { identitytoken: string };

function fromFile(config: DockerConfig, registry: string): Login | null {
  const entry = config.auths?.[registry] ?? config.auths?.[`https://${registry}`];
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken };
  const [username, ...password] = Buffer.from(entry?.auth ?? '', 'base64')
    .toString()
    .split(':');
  return username ? { username, password: password.join(':') } : null;
}

/** A helper that fails has nothing to say: the pull itself will tell whether a login was needed. */
async function fromHelper(helper: string, registry: string, env: Environment): Promise<Login | null> {
  if (!/^[\w.-]+$/.test(helper)) return null;
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    const child = execFile(
      `docker-credential-${helper}`,
      ['get'],
      { env: { ...env }, timeout: HELPER_MS },
      (error, stdout) => {
        resolve(error ? null : loginOf(stdout));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(registry);
  });
}

function loginOf(stdout: string): Login | null {
  try {
    const said = JSON.parse(stdout) as { Username?: string; Secret?: string };
    if (!said.Username || !said.Secret) return null;
    return said.Username === '<token>'
      ? { identitytoken: said.Secret }
      : { username: said.Username, password: said.Secret };
  } catch {
    return null;
  }
}

async function readConfig(file: string): Promise<DockerConfig> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
