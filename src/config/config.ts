/** A project's declaration, merged from its files, checked, with variables filled in. Defaults are in place; positions are looked up by path. */
import type { Range } from '../diagnostics/diagnostic.js';
import type { Address } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import type { HealthcheckSpec } from '../model/container.js';
import type { Restart } from '../model/restart.js';
import type { OwnNetwork, Sharing, Transport } from '../model/transport.js';

/** A place in a file: `{file: 'toolbox.yaml', path: ['servers','files','mounts',0,'source']}`. */
export interface Pointer {
  file: string;
  path: readonly (string | number)[];
}

export interface RuntimeConfig {
  type: 'host' | 'image';
  /** For `image`. */
  reference: string | null;
}

/** Which engine an environment names; both null: found as Docker's own CLI finds it. */
export interface EngineChoice {
  context: string | null;
  host: string | null;
}

export interface ProjectConfig {
  /** On the engine: the environment's, where it has one of its own. */
  name: string;
  id: string;
  /** The chosen one; null: none. */
  environment: string | null;
  /** Names of all that are declared. */
  environments: string[];
  /** Names that it had on the engine before. */
  previously: string[];
  /** Names under which the same project is declared elsewhere: its other environments. */
  elsewhere: string[];
  requiredVersion: string | null;
  /** `127.0.0.1:7411` split. */
  proxy: {
    host: string;
    port: number;
    publicUrl: string | null;
    allowedHosts: string[];
    allowedOrigins: string[];
    /** Where the metrics are served; null: nowhere. */
    admin: { host: string; port: number } | null;
    /** Files of the certificate and its key, and where they are declared; null: it serves without TLS. */
    tls: { cert: string; key: string; at: Pointer } | null;
    /** Without TLS it may be reached from other machines all the same. */
    insecure: boolean;
    memory: number;
  };
  /** `python`: null where no server needs one and none is declared. */
  runtimes: { node: RuntimeConfig; python: RuntimeConfig | null };
  audit: { durability: 'process' | 'power' };
  logLevel: 'info' | 'warn' | 'error';
  /** Where spans go; null: nowhere. */
  telemetry: { endpoint: string; sample: number; /** PEM of the one authority that counts. */ ca?: string } | null;
  /** Absolute folders, besides the project's own, that mounts may come from. */
  mountRoots: string[];
  networkPool: string;
  engine: EngineChoice;
  /** The engine's socket as the engine's host sees it; null: found from how the CLI reaches the engine. */
  engineSocket: string | null;
  at: Pointer;
}

export type SourceConfig =
  | {
      type: 'npm';
      /** `@scope/name` */ package: string;
      /** Exact, range, or '' for latest. */ range: string;
      declared: string;
      allowScripts: string[];
    }
  | {
      type: 'pypi';
      /** Normalised (PEP 503). */ package: string;
      extras: string[];
      /** As pip writes it: `==1.2.0`, `>=1,<2`, or '' for the latest. */ range: string;
      declared: string;
    }
  | { type: 'build'; declared: string; /** Absolute. */ folder: string; dockerfile: string; network: boolean }
  | { type: 'image'; declared: string }
  | { type: 'remote'; /** The URL as written. */ declared: string };

export interface MountConfig {
  type: 'bind' | 'volume';
  /** Absolute host path (symlinks resolved), or the declared volume's name. */
  source: string;
  target: string;
  readonly: boolean;
  at: Pointer;
}

export interface ServerConfig {
  name: string;
  toolbox: string;
  /** Prefix of exposed tool names; the name unless `alias` says otherwise. */
  prefix: string;
  source: SourceConfig;
  transport: Transport;
  instances: Sharing;
  /** Instances that a shared server's calls are spread over. */
  replicas: number;
  /** null: the image's entrypoint (npm: the package's bin; pypi: its console script). */
  command: string[] | null;
  args: string[];
  env: Record<string, string>;
  user: string | null;
  workdir: string | null;
  healthcheck: HealthcheckSpec | null;
  mounts: MountConfig[];
  /** Bytes, nanocpus, count. */
  resources: { memory: number; nanoCpus: number; pids: number };
  replace: 'overlap' | 'stop-first' | null;
  /** What happens when its process ends by itself. */
  restart: Restart;
  preventDestroy: boolean;
  at: Pointer;
}

/** Bounds of the calls by one grant, counted for the agent as a whole; null: not bounded by it. */
export interface LimitsConfig {
  rate: { calls: number; milliseconds: number } | null;
  concurrent: number | null;
  timeoutMs: number | null;
  resultBytes: number | null;
}

/** One entry of `grants` or `deny`. */
export interface GrantConfig {
  effect: 'allow' | 'deny';
  /** `agents.triage-bot.grants[0]` or `agents.triage-bot.deny[0]`. */
  rule: string;
  target: { type: 'server' | 'toolbox'; name: string };
  /** Names and globs as written; `["*"]`: every locked tool. */
  tools: string[];
  /** URIs, globs and templates as written. */
  resources: string[];
  /** Names and globs as written. */
  prompts: string[];
  serverRequests: ('sampling' | 'elicitation' | 'roots')[];
  /** Tool name or `*` → JSON Schema. */
  arguments: Record<string, JsonObject>;
  set: JsonObject;
  /** ISO 8601 instant; a bare date means its end of day in UTC. */
  expires: string | null;
  limits: LimitsConfig | null;
  /** What the audit keeps of the arguments. */
  auditArguments: 'hmac' | 'full';
  at: Pointer;
}

/** Access tokens of an identity provider that stand for the agent. */
export interface JwtConfig extends OwnNetwork {
  issuer: string;
  /** null: the URL of the endpoint that is called. */
  audience: string | null;
  /** null: found by discovery. */
  jwksUri: string | null;
  claims: Record<string, string | number | boolean>;
  algorithms: string[];
}

export type AuthenticationConfig = { type: 'token' } | ({ type: 'jwt' } & JwtConfig);

export interface AgentConfig {
  name: string;
  authenticate: AuthenticationConfig[];
  grants: GrantConfig[];
  /** Comes before all grants, its own and those of other files. */
  deny: GrantConfig[];
  at: Pointer;
}

export interface VolumeConfig {
  name: string;
  /** Name on the engine of one that exists and is not this project's; null: the project's own. */
  external: string | null;
  preventDestroy: boolean;
  at: Pointer;
}

export interface MoveConfig {
  from: Address;
  to: Address;
  at: Pointer;
}

export interface Config {
  project: ProjectConfig;
  toolboxes: string[];
  servers: ServerConfig[];
  volumes: VolumeConfig[];
  agents: AgentConfig[];
  moved: MoveConfig[];
  /** Folder of the file with `project:`; the lock lies here. Absolute. */
  root: string;
  /** As given on the command line or found, in order. */
  files: string[];
  /** Where a path stands; the nearest parent that exists when it doesn't. `key`: the key itself rather than its value. */
  locate(pointer: Pointer, part?: 'key' | 'value'): Range | undefined;
}
