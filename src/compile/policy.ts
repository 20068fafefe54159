/** Config + Lock + tokens → the policy artifact. Globs are expanded here, over the locked names, and nowhere later. */
import { createHash } from 'node:crypto';
import type { AgentConfig, Config, GrantConfig, ServerConfig } from '../config/config.js';
import { canonicalize } from '../definitions/canonical.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { TokenRecord } from '../model/access.js';
import type { Json } from '../model/definitions.js';
import type { Lock } from '../model/lock.js';
import type { DesiredImage } from '../model/state.js';
import type {
  Policy,
  PolicyCertificate,
  PolicyGeneration,
  PolicyJwt,
  PolicyServer,
  PolicyToken,
} from '../policy/artifact.js';
import { compileGrant } from './grant.js';
import { lengthProblems } from './exposed-names.js';
import { tokenProblems } from './tokens.js';

interface PolicyOptions {
  images: Readonly<Record<string, DesiredImage>>;
  tokens: readonly TokenRecord[];
  /** null: not declared, or not looked at. */
  certificate: PolicyCertificate | null;
}

export interface CompiledPolicy {
  policy: (routes: Readonly<Record<string, number>>) => Policy;
  diagnostics: Diagnostic[];
}

export function compilePolicy(config: Config, lock: Lock, options: PolicyOptions): CompiledPolicy {
  const diagnostics: Diagnostic[] = [];
  const named = new Map(config.servers.map((server) => [server.name, server]));
  const agents = Object.fromEntries(
    config.agents.map((agent) => {
      const grants = [...agent.deny, ...agent.grants].flatMap((grant) =>
        compileGrant(grant, serversOf(grant, config, named), config, lock, diagnostics),
      );
      const jwt = jwtOf(agent);
      return [agent.name, { grants, ...(jwt.length > 0 && { jwt }) }];
    }),
  );
  diagnostics.push(...lengthProblems(agents, config), ...tokenProblems(options.tokens, config));
  const { project } = config;
  const fixed = {
    format: 1 as const,
    project: { name: project.name, id: project.id },
    envelope: lock.envelope,
    url: urlOf(config),
    ...(options.certificate && { certificate: options.certificate }),
    ...(project.telemetry && { telemetry: project.telemetry }),
    ...(project.audit.durability === 'power' && { audit: project.audit }),
    hosts: hostsOf(config),
    origins: [...project.proxy.allowedOrigins].sort(),
    definitions: Object.fromEntries(
      config.servers.flatMap(({ name }) => {
        const locked = lock.servers[name];
        return locked ? [[locked.hashes.all, locked.definitions]] : [];
      }),
    ),
    agents,
    tokens: tokensOf(options.tokens, config),
    revoked: options.tokens.flatMap((token) => (token.revoked === null ? [] : [token.id])).sort(),
  };
  const policy = (routes: Readonly<Record<string, number>>): Policy => ({
    ...fixed,
    servers: Object.fromEntries(
      config.servers.flatMap((server) => {
        const compiled = policyServer(server, lock, options, routes[server.name] ?? null);
        return compiled ? [[server.name, compiled]] : [];
      }),
    ),
  });
  return { policy, diagnostics };
}

export function serializePolicy(policy: Policy): string {
  return canonicalize(policy as unknown as Json);
}

/** Hex SHA-256 of the canonical bytes: the second half of the policy's file name. */
export function policyDigest(policy: Policy): string {
  return createHash('sha256').update(serializePolicy(policy)).digest('hex');
}

function policyServer(
  server: ServerConfig,
  lock: Lock,
  { images }: PolicyOptions,
  serving: number | null,
): PolicyServer | null {
  const locked = lock.servers[server.name];
  if (!locked) return null;
  const image = images[server.name]?.reference ?? '';
  const generation: PolicyGeneration = {
    definitions: locked.hashes.all,
    tools: locked.hashes.tools,
    image,
    transport: server.transport,
    instances: server.instances,
    replicas: server.replicas,
  };
  return {
    toolbox: server.toolbox,
    prefix: server.prefix,
    ...(server.preventDestroy ? { protected: true as const } : {}),
    generations: serving === null ? {} : { [String(serving)]: generation },
    serving,
  };
}

function jwtOf({ authenticate }: AgentConfig): PolicyJwt[] {
  return authenticate.flatMap((each) => {
    if (each.type !== 'jwt') return [];
    const { type: _, algorithms, ...jwt } = each;
    return [{ ...jwt, algorithms: [...algorithms].sort() }];
  });
}

function urlOf({ project }: Config): string {
  const { host, port, publicUrl, tls } = project.proxy;
  return publicUrl ?? `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function serversOf(
  { target: { type, name } }: GrantConfig,
  config: Config,
  named: ReadonlyMap<string, ServerConfig>,
): ServerConfig[] {
  if (type === 'server') return [named.get(name) ?? []].flat();
  return config.servers.filter(({ toolbox }) => toolbox === name).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a Host header may say: where the proxy listens, what it is called from outside, and what is allowed besides. */
function hostsOf({ project }: Config): string[] {
  const { host, port, publicUrl, allowedHosts } = project.proxy;
  const outside = publicUrl === null ? [] : [new URL(publicUrl).host];
  return [...new Set([`${host}:${port}`, ...outside, ...allowedHosts])].sort();
}

/** A token is valid in the environment that its file names, and nowhere else. */
function tokensOf(records: readonly TokenRecord[], { agents, project }: Config): Record<string, PolicyToken> {
  const declared = new Set(agents.map((agent) => agent.name));
  const valid = records.filter(
    ({ revoked, agent, environment }) => revoked === null && environment === project.environment && declared.has(agent),
  );
  return Object.fromEntries(valid.map(({ sha256, id, agent, expires }) => [sha256, { id, agent, expires }]));
}
