/** Small declarations, compiled by the real compiler, so that plans in tests start where real ones do. */
import type { Compiled } from '../../../src/compile/desired.js';
import { compile } from '../../../src/compile/desired.js';
import type { AgentConfig, Config, GrantConfig, ServerConfig } from '../../../src/config/config.js';
import { toolHashes } from '../../../src/definitions/hash.js';
import type { TokenRecord } from '../../../src/model/access.js';
import type { Definition, ServerDefinitions } from '../../../src/model/definitions.js';
import type { Lock, LockedServer } from '../../../src/model/lock.js';
import type { DesiredImage, Move } from '../../../src/model/state.js';
import { idOf } from './engine-model.js';

const MIB = 1024 * 1024;

export interface ServerIn {
  /** Part of the image's reference: another is another image. */
  version?: string;
  env?: Record<string, string>;
  args?: string[];
  memory?: number;
  cpus?: number;
  pids?: number;
  user?: string | null;
  toolbox?: string;
  alias?: string;
  mounts?: { volume?: string; source?: string; target: string; readonly?: boolean }[];
  replace?: 'overlap' | 'stop-first';
  /** Port of a container that speaks HTTP. */
  http?: number;
  /** URL of a server that has no container. */
  remote?: string;
  instances?: 'agent' | 'session';
  replicas?: number;
  restart?: ServerConfig['restart'];
  preventDestroy?: boolean;
  /** Tool name → names of its arguments. */
  tools?: Record<string, string[]>;
  prompts?: string[];
  resources?: string[];
  templates?: string[];
  /** Another text makes other definitions of the same tools. */
  description?: string;
}

export interface GrantIn {
  server?: string;
  toolbox?: string;
  tools?: string[];
  resources?: string[];
  prompts?: string[];
  serverRequests?: GrantConfig['serverRequests'];
  arguments?: GrantConfig['arguments'];
  set?: GrantConfig['set'];
  expires?: string;
  limits?: Partial<NonNullable<GrantConfig['limits']>>;
  /** An entry of `deny`. */
  deny?: true;
}

export interface Declaration {
  servers?: Record<string, ServerIn>;
  agents?: Record<string, GrantIn[]>;
  volumes?: string[];
  protectedVolumes?: string[];
  /** Volume → the engine's name of one that exists. */
  externals?: Record<string, string>;
  tokens?: Partial<TokenRecord>[];
  listen?: string;
  pool?: string;
  /** Version of the system image. */
  system?: string;
  /** In which its build writes policies. */
  form?: string;
  environment?: string;
  name?: string;
  previously?: string[];
  moved?: Move[];
}

export const TOOLS = { read_file: ['path'], write_file: ['path', 'content'], list: [] };

export function config(declaration: Declaration): Config {
  const [host = '', port = ''] = (declaration.listen ?? '127.0.0.1:7411').split(':');
  const at = { file: 'toolbox.yaml', path: ['project'] };
  return {
    project: {
      name: declaration.name ?? 'acme',
      id: 'id-of-acme',
      environment: declaration.environment ?? null,
      previously: declaration.previously ?? [],
      environments: [],
      elsewhere: [],
      engine: { context: null, host: null },
      requiredVersion: null,
      proxy: {
        host,
        port: Number(port),
        publicUrl: null,
        allowedHosts: [],
        allowedOrigins: [],
        admin: null,
        tls: null,
        insecure: false,
        memory: 256 * MIB,
      },
      logLevel: 'info',
      telemetry: null,
      audit: { durability: 'process' },
      runtimes: { node: { type: 'host', reference: null }, python: null },
      mountRoots: [],
      networkPool: declaration.pool ?? '10.89.0.0/16',
      engineSocket: null,
      at,
    },
    toolboxes: ['main'],
    servers: Object.entries(declaration.servers ?? {}).map(([name, each]) => server(name, each)),
    volumes: (declaration.volumes ?? []).map((name) => ({
      name,
      external: declaration.externals?.[name] ?? null,
      preventDestroy: (declaration.protectedVolumes ?? []).includes(name),
      at: { file: at.file, path: ['volumes', name] },
    })),
    agents: Object.entries(declaration.agents ?? {}).map(([name, grants]) => agent(name, grants)),
    moved: (declaration.moved ?? []).map((each) => ({ ...each, at: { file: at.file, path: ['moved'] } })),
    root: '/srv/acme',
    files: ['toolbox.yaml'],
    // Positions in tests: the path itself is the file, so that assertions read as paths.
    locate: ({ path }, part = 'value') => ({
      file: `${path.join('.')}${part === 'key' ? ' (key)' : ''}`,
      start: { line: 1, column: 1 },
      end: { line: 1, column: 1 },
    }),
  };
}

function server(name: string, each: ServerIn): ServerConfig {
  const at = { file: 'toolbox.yaml', path: ['servers', name] };
  return {
    name,
    toolbox: each.toolbox ?? 'main',
    prefix: each.alias ?? name,
    source: each.remote
      ? { type: 'remote', declared: each.remote }
      : { type: 'image', declared: `${name}:${each.version ?? '1'}` },
    transport: transport(each),
    instances: each.instances ?? 'shared',
    replicas: each.replicas ?? 1,
    command: null,
    args: each.args ?? [],
    env: each.env ?? {},
    user: each.user ?? null,
    workdir: null,
    healthcheck: null,
    mounts: (each.mounts ?? []).map(({ volume, source, target, readonly }) => ({
      type: volume === undefined ? 'bind' : 'volume',
      source: volume ?? source ?? '',
      target,
      readonly: readonly ?? false,
      at,
    })),
    resources: { memory: each.memory ?? 64 * MIB, nanoCpus: (each.cpus ?? 0.5) * 1e9, pids: each.pids ?? 64 },
    replace: each.replace ?? null,
    restart: each.restart ?? 'always',
    preventDestroy: each.preventDestroy ?? false,
    at,
  };
}

function transport({ remote, http }: ServerIn): ServerConfig['transport'] {
  if (remote !== undefined) return { type: 'remote', url: remote };
  return http === undefined ? { type: 'stdio' } : { type: 'http', port: http, path: '/mcp' };
}

function agent(name: string, grants: GrantIn[]): AgentConfig {
  const list = (which: 'grants' | 'deny'): GrantConfig[] =>
    grants
      .filter((grant) => (grant.deny === true) === (which === 'deny'))
      .map((grant, index) => ({
        effect: which === 'deny' ? 'deny' : 'allow',
        limits: grant.limits
          ? { rate: null, concurrent: null, timeoutMs: null, resultBytes: null, ...grant.limits }
          : null,
        auditArguments: 'hmac',
        rule: `agents.${name}.${which}[${index}]`,
        target: grant.toolbox ? { type: 'toolbox', name: grant.toolbox } : { type: 'server', name: grant.server ?? '' },
        tools: grant.tools ?? [],
        resources: grant.resources ?? [],
        prompts: grant.prompts ?? [],
        serverRequests: grant.serverRequests ?? [],
        arguments: grant.arguments ?? {},
        set: grant.set ?? {},
        expires: grant.expires ?? null,
        at: { file: 'toolbox.yaml', path: ['agents', name, which, index] },
      }));
  return {
    name,
    authenticate: [{ type: 'token' }],
    grants: list('grants'),
    deny: list('deny'),
    at: { file: 'toolbox.yaml', path: ['agents', name] },
  };
}

export function definitions({ tools = TOOLS, description = 'a tool', ...more }: ServerIn): ServerDefinitions {
  return {
    protocolVersion: '2025-11-25',
    serverInfo: { name: 'server', version: '1' },
    capabilities: { tools: {} },
    instructions: null,
    tools: Object.entries(tools).map(([name, args]): Definition => ({
      name,
      description,
      inputSchema: { type: 'object', properties: Object.fromEntries(args.map((each) => [each, { type: 'string' }])) },
    })),
    prompts: (more.prompts ?? []).map((name) => ({ name })),
    resources: (more.resources ?? []).map((uri) => ({ uri, name: uri })),
    resourceTemplates: (more.templates ?? []).map((uriTemplate) => ({ uriTemplate, name: uriTemplate })),
  };
}

export function lock(declaration: Declaration): Lock {
  const servers = Object.entries(declaration.servers ?? {}).map(([name, each]): [string, LockedServer] => {
    const seen = definitions(each);
    const source: LockedServer['source'] = each.remote
      ? { type: 'remote', declared: each.remote }
      : { type: 'image', declared: `${name}:${each.version ?? '1'}`, digest: null, id: reference(name, each) };
    return [name, { source, definitions: seen, hashes: toolHashes(seen), tree: null }];
  });
  return {
    version: 1,
    toolcrib: '0.1.0',
    envelope: { protocolVersion: '2025-11-25', capabilities: {} },
    runtimes: { node: { type: 'host', platforms: {} } },
    servers: Object.fromEntries(servers),
  };
}

export function declare(declaration: Declaration): Compiled {
  const images = Object.entries(declaration.servers ?? {}).flatMap(([name, each]): [string, DesiredImage][] =>
    each.remote ? [] : [[name, built(`image.${name}`, reference(name, each))]],
  );
  const compiled = compile(config(declaration), lock(declaration), {
    images: Object.fromEntries(images),
    systemImage: built('image.system', `toolcrib/acme/system:${declaration.system ?? '1'}`),
    engineSocket: '/var/run/docker.sock',
    tokens: (declaration.tokens ?? []).map(token),
    version: '0.1.0',
  });
  if (declaration.form !== undefined) compiled.desired.policy.form = declaration.form;
  return compiled;
}

function built(address: DesiredImage['address'], reference: string): DesiredImage {
  return { address, reference, how: 'build', id: null, inputs: idOf(reference) };
}

function reference(name: string, { version = '1' }: ServerIn): string {
  return `toolcrib/acme/server-${name}:${version}`;
}

function token(each: Partial<TokenRecord>): TokenRecord {
  const id = each.id ?? 'aaaaaaaaaa';
  return {
    id,
    agent: 'bot',
    environment: null,
    label: null,
    sha256: id.padEnd(64, '0'),
    created: '2026-11-22T00:00:00Z',
    expires: null,
    revoked: null,
    ...each,
  };
}
