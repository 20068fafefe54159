/**
 * The shapes of toolbox.yaml, made from schemas/toolbox.schema.json by `npm run generate`. Change the schema, not this
 * file.
 */

/**
 * Lower case letters, digits and hyphens, at most 40, starting with a letter.
 */
export type Name = string;
/**
 * What is other than in the `project` block where this environment is chosen.
 */
export type Environment = {
  /**
   * Lower case letters, digits and hyphens, at most 40, starting with a letter.
   */
  name?: string;
  engine?: EnvironmentEngine;
  /**
   * Names that the project had in this environment before, instead of `project.previously`.
   */
  previously?: Name[];
  /**
   * Values of variables, of any file of the project. They go before a `default`, and after `--var`, variable files and TOOLCRIB_VAR_name. Taken as they are: nothing is filled in here.
   */
  variables?: {
    /**
     * Text, a number, true or false.
     */
    [k: string]: string | number | boolean;
  };
  proxy?: Proxy;
} | null;
/**
 * A value given from outside.
 */
export type Variable = {
  /**
   * Used when nothing else is given; without it, a value must be given. May refer to other variables.
   */
  default?: string | number | boolean;
  /**
   * What it is for.
   */
  description?: string;
} | null;
/**
 * A named volume. `{}`: the project's own. `{name: …}`: one that the engine has already.
 */
export type Volume = {
  /**
   * Name on the engine of a volume that exists and is not the project's. It is mounted as it is; nothing ever makes, changes or removes it.
   */
  name?: string;
  /**
   * Refuse to remove it, even by `destroy --volumes`.
   */
  prevent_destroy?: boolean;
} | null;
/**
 * Text without NUL characters.
 */
export type Text = string;

/**
 * One toolbox: a named group of MCP servers, and who may use them. A project is one or more such files.
 */
export interface Toolbox {
  /**
   * Version of this format.
   */
  version: 1;
  /**
   * Name of this toolbox; its endpoint is /toolbox/NAME/mcp.
   */
  toolbox: string;
  project?: Project;
  /**
   * Values that differ from place to place, used as `${name}` in this file. Set by `--var name=value`, `TOOLCRIB_VAR_name` or a variable file.
   */
  variables?: {
    [k: string]: Variable;
  } | null;
  /**
   * Named volumes that servers share or keep data in. Kept by destroy unless `--volumes`.
   */
  volumes?: {
    [k: string]: Volume;
  } | null;
  /**
   * What bears another name than before: the server's container, or the volume with its data, is the one that had the old name. Keep the entries of volumes: an engine cannot rename them.
   */
  moved?: Move[];
  /**
   * MCP servers: containers that speak stdio or HTTP, and remote ones. Names are unique in the project.
   */
  servers?: {
    [k: string]: Server;
  } | null;
  /**
   * Who may use what. Everything not granted is refused.
   */
  agents?: {
    [k: string]: Agent;
  } | null;
  /**
   * Grants of this toolbox's own servers to agents, by the agents' names; the agents may be declared in other files. They come after the agent's own grants, in the order of the files.
   */
  grants?: {
    /**
     * What the agent may use of this toolbox.
     */
    [k: string]: Grant[];
  } | null;
}
/**
 * Stands in exactly one file of a project; the lock and the token files lie beside it.
 */
export interface Project {
  /**
   * Names the project on the engine.
   */
  name: string;
  /**
   * A UUID of the project's own: `toolcrib init` writes one, `uuidgen` prints another. A project of the same name with another id is never touched.
   */
  id: string;
  /**
   * Names that the project had on the engine before. Its containers are made anew under the present name; its volumes go on with their data, so keep the entries.
   */
  previously?: Name[];
  /**
   * Places that the project is applied to, each chosen by `-e NAME` or TOOLCRIB_ENV. Without one, the project is as the rest of this block says.
   */
  environments?: {
    [k: string]: Environment;
  };
  /**
   * Versions of toolcrib that may work on this project, as npm writes ranges.
   */
  required_version?: string;
  proxy?: Proxy1;
  runtimes?: Runtimes;
  /**
   * Folders, besides the project's own, that mounts may come from.
   */
  mount_roots?: string[];
  /**
   * Networks take small subnets of this range of private addresses.
   */
  network_pool?: string;
  /**
   * The container engine.
   */
  engine?: {
    /**
     * Path of the engine's socket on the engine's own host, mounted into the bridge. Default: found from how the engine is reached.
     */
    socket?: string;
  };
  /**
   * The least that proxy and bridge write into their logs. What servers say on stderr and the audit's checkpoints are always written.
   */
  log_level?: 'info' | 'warn' | 'error';
  /**
   * Where the proxy sends one span for each decision, by OTLP over HTTP in JSON: method, tool, agent, server, rule and outcome, never arguments or results. Default: nowhere.
   */
  telemetry?: {
    /**
     * URL of the collector as the proxy's container reaches it; `/v1/traces` is added.
     */
    endpoint: string;
    /**
     * A PEM file with the certificates of the private authority that signs for an https:// collector, relative to this file. No other authority counts then.
     */
    ca?: string;
    /**
     * Share of the requests without a trace of their own that begin one. Whether a trace that an agent began is recorded, the agent says.
     */
    sample?: number;
  };
  /**
   * How the audit is kept.
   */
  audit?: {
    /**
     * process: no line is lost when the proxy dies. power: nor when the machine does; every call waits for the disk.
     */
    durability?: 'process' | 'power';
  };
}
/**
 * Which engine it is: `{context: prod}` or `{host: "ssh://ops@prod"}`. They go before DOCKER_HOST and the current context. Default: found as Docker's own CLI finds it.
 */
export interface EnvironmentEngine {
  /**
   * A Docker context of the machine that the command runs on.
   */
  context?: string;
  /**
   * Address of the engine, as in DOCKER_HOST.
   */
  host?: string;
  /**
   * Path of the engine's socket on the engine's own host, instead of `project.engine.socket`.
   */
  socket?: string;
}
/**
 * Settings of the proxy that are other than in `project.proxy`.
 */
export interface Proxy {
  /**
   * Address and port on the engine's host.
   */
  listen?: string;
  /**
   * How the proxy is called from outside, when that is another address than `listen`.
   */
  public_url?: string;
  /**
   * Further values of the Host header that are answered.
   */
  allowed_hosts?: string[];
  /**
   * Origins of web pages that may call the proxy. Default: none.
   */
  allowed_origins?: string[];
  /**
   * Address and port of the metrics (`/metrics`, Prometheus) on the engine's host. Default: they are not served.
   */
  admin?: string;
  tls?: Tls;
  /**
   * true: listens without TLS where other machines may reach it, so that whoever is on the way can read tokens and calls. For a network that is trusted, or a TLS proxy in front.
   */
  insecure?: boolean;
}
/**
 * The certificate that agents are served with: TLS 1.2 or newer. Both are files of the machine that applies, relative to this file's folder; apply delivers them, and a plan tells when they have changed.
 */
export interface Tls {
  /**
   * PEM: the certificate, then what leads from it to its authority.
   */
  cert: string;
  /**
   * PEM: its private key, without a passphrase. Not to be committed.
   */
  key: string;
}
/**
 * Where agents reach the proxy.
 */
export interface Proxy1 {
  /**
   * Address and port on the engine's host.
   */
  listen?: string;
  /**
   * How the proxy is called from outside, when that is another address than `listen`.
   */
  public_url?: string;
  /**
   * Further values of the Host header that are answered.
   */
  allowed_hosts?: string[];
  /**
   * Origins of web pages that may call the proxy. Default: none.
   */
  allowed_origins?: string[];
  /**
   * Address and port of the metrics (`/metrics`, Prometheus) on the engine's host. Default: they are not served.
   */
  admin?: string;
  tls?: Tls;
  /**
   * true: listens without TLS where other machines may reach it, so that whoever is on the way can read tokens and calls. For a network that is trusted, or a TLS proxy in front.
   */
  insecure?: boolean;
}
/**
 * Bases of the images that are built for `npm:` and `pypi:` sources.
 */
export interface Runtimes {
  node?: Runtime;
  python?: Runtime1;
}
/**
 * For `npm:` sources and Toolcrib's own containers. Default: `{image: "node:22-slim"}`.
 */
export interface Runtime {
  /**
   * Image with the runtime in it.
   */
  image?: string;
  /**
   * Use this host's own (a Linux host of the engine's architecture).
   */
  host?: true;
}
/**
 * For `pypi:` sources. Default: `{image: "python:3.13-slim"}`.
 */
export interface Runtime1 {
  /**
   * Image with the runtime in it.
   */
  image?: string;
  /**
   * Use this host's own (a Linux host of the engine's architecture).
   */
  host?: true;
}
/**
 * `{from: volume.a, to: volume.b}`
 */
export interface Move {
  /**
   * The address it had; nothing may be declared under it any more.
   */
  from: string;
  /**
   * The address it has, declared in this file.
   */
  to: string;
}
/**
 * One MCP server. Exactly one of `npm`, `pypi`, `build`, `image` and `remote` says where it comes from.
 */
export interface Server {
  /**
   * An npm package: `@scope/name@version`, with an exact version, a range or none. The lock pins it with its whole tree.
   */
  npm?: string;
  /**
   * A Python package: `name@version`, with an exact version, a range (`>=1.2,<2`) or none, and extras in brackets after the name. The lock pins it with its whole tree; wheels only.
   */
  pypi?: string;
  /**
   * A folder with a Dockerfile, relative to this file, inside the project's folder.
   */
  build?: string;
  /**
   * An image whose entrypoint is the server.
   */
  image?: string;
  /**
   * A server that runs elsewhere: the URL of its MCP endpoint, over HTTPS.
   */
  remote?: string;
  /**
   * remote only: blocks of your own network that it may be at, besides public addresses. Link-local and metadata addresses stay refused.
   *
   * @minItems 1
   * @maxItems 32
   */
  private_addresses?: string[];
  /**
   * remote only: a PEM file with the certificates of the private authority that signs for it, relative to this file. No other authority counts then.
   */
  ca?: string;
  /**
   * remote only, with `private_addresses`: its URL may be http://. Whoever is on the way reads every call and may answer in its place.
   */
  insecure?: boolean;
  /**
   * How the container is spoken to. Default: stdio. `{http: {port: 8080}}`: streamable HTTP, on a network that it shares with the proxy alone.
   */
  transport?: {
    /**
     * Streamable HTTP.
     */
    http: {
      /**
       * Where it listens inside the container, on every address.
       */
      port: number;
      /**
       * Path of its MCP endpoint.
       */
      path?: string;
    };
  };
  /**
   * Whose calls share one running container: everybody's, or those of one agent, one user (subject of its token), one session.
   */
  instances?: 'shared' | 'agent' | 'user' | 'session';
  /**
   * Containers that the calls of a shared server are spread over.
   */
  replicas?: number;
  /**
   * Lower case letters, digits and hyphens, at most 40, starting with a letter.
   */
  alias?: string;
  /**
   * Replaces the image's entrypoint.
   *
   * @minItems 1
   */
  command?: Text[];
  /**
   * Arguments after the command.
   */
  args?: Text[];
  /**
   * Environment variables.
   */
  env?: {
    /**
     * Text; numbers and booleans count as written. No secrets: they would show in `docker inspect`.
     */
    [k: string]: string | number | boolean;
  } | null;
  /**
   * User, or user:group, to run as. Default: the image's, or 65532:65532 when that is root.
   */
  user?: string | number;
  /**
   * Working folder inside the container.
   */
  workdir?: string;
  healthcheck?: Healthcheck;
  /**
   * Folders and volumes that the server sees. Nothing else of the host is there.
   */
  mounts?: Mount[];
  resources?: Resources;
  /**
   * What happens when its process ends by itself. always: it is started again, with back-off. on-failure: only after another exit code than 0. never: it stays ended. The next apply starts what has ended for good as a new generation.
   */
  restart?: 'always' | 'on-failure' | 'never';
  /**
   * Refuse every plan that would remove this server, `destroy` and its removal from the file included. To remove it, set this to false and apply first.
   */
  prevent_destroy?: boolean;
  /**
   * overlap: the new container proves itself while the old one serves. stop-first: the old one stops before, as where both would write to one mount. Default: whichever fits.
   */
  replace?: 'overlap' | 'stop-first';
  /**
   * npm only: packages whose install scripts may run.
   */
  allow_scripts?: string[];
  /**
   * build only: the Dockerfile's path inside the folder.
   */
  dockerfile?: string;
  /**
   * build only: whether the build may use the network.
   */
  build_network?: boolean;
}
/**
 * How the engine tells that the container is well. Default: the image's own.
 */
export interface Healthcheck {
  /**
   * A list that starts with CMD or CMD-SHELL, [NONE] to switch the image's own off, or text for the shell.
   *
   * @minItems 1
   */
  test: Text[] | string;
  /**
   * Time between two checks.
   */
  interval?: string;
  /**
   * Time a check may take.
   */
  timeout?: string;
  /**
   * Failures in a row until it counts as unhealthy.
   */
  retries?: number;
  /**
   * Time to start in which failures do not count.
   */
  start_period?: string;
}
/**
 * A folder of the engine's host (`source`) or a named volume (`volume`), at `target`.
 */
export interface Mount {
  /**
   * A path on the engine's host, relative to this file; inside the project's folder or `project.mount_roots`.
   */
  source?: string;
  /**
   * Lower case letters, digits and hyphens, at most 40, starting with a letter.
   */
  volume?: string;
  /**
   * Where the server sees it.
   */
  target: string;
  /**
   * Whether the server may only read it.
   */
  readonly?: boolean;
}
/**
 * Bounds of the container.
 */
export interface Resources {
  /**
   * Memory, with swap off. At least 6Mi.
   */
  memory?: string | number;
  /**
   * Share of processors.
   */
  cpus?: number;
  /**
   * Processes and threads.
   */
  pids?: number;
}
/**
 * An authenticated client.
 */
export interface Agent {
  /**
   * How it proves who it is. The entries are alternatives.
   *
   * @minItems 1
   */
  authenticate: Authentication[];
  /**
   * What it may use, tried in this order: the first whose tool, expiry and arguments match decides alone.
   */
  grants?: Grant[];
  /**
   * What it may never use, whatever a grant says. Comes before all grants.
   */
  deny?: Denial[];
}
/**
 * `{token: {}}`: a token made by `toolcrib token issue`. `{jwt: …}`: an access token of an identity provider.
 */
export interface Authentication {
  /**
   * No settings yet.
   */
  token?: {};
  jwt?: Jwt;
}
/**
 * Access tokens (JWT) of one issuer, as far as their claims match.
 */
export interface Jwt {
  /**
   * Its URL, exactly as in the claim `iss`. Its keys are found by discovery.
   */
  issuer: string;
  /**
   * What the claim `aud` must name. Default: the URL of the endpoint that is called.
   */
  audience?: string;
  /**
   * Where its keys are, for an issuer without discovery.
   */
  jwks_uri?: string;
  /**
   * Blocks of your own network that the issuer may be at, besides public addresses. Link-local and metadata addresses stay refused.
   *
   * @minItems 1
   * @maxItems 32
   */
  private_addresses?: string[];
  /**
   * A PEM file with the certificates of the private authority that signs for the issuer, relative to this file. No other authority counts then.
   */
  ca?: string;
  /**
   * With `private_addresses`: the issuer may be asked over http://. Whoever is on the way may put keys of their own there.
   */
  insecure?: boolean;
  /**
   * Claims that must have these values: who of the issuer's is this agent. A claim that is a list must hold the value; `scope` is a list.
   */
  claims: {
    /**
     * Value of the claim.
     */
    [k: string]: string | number | boolean;
  };
  /**
   * Signatures that are accepted. Default: all of these.
   *
   * @minItems 1
   */
  algorithms?: ('RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA')[];
}
/**
 * Tools, resources and prompts of one server, or of every server of one toolbox.
 */
export interface Grant {
  /**
   * Lower case letters, digits and hyphens, at most 40, starting with a letter.
   */
  server?: string;
  /**
   * Lower case letters, digits and hyphens, at most 40, starting with a letter.
   */
  toolbox?: string;
  /**
   * Names and globs over the locked tools: `[read_file, "list_*"]`; `"*"` for all.
   *
   * @minItems 1
   */
  tools?: string[] | string;
  /**
   * URIs, URI globs and templates: `*` is any run of characters within one segment, `**` any run at all, `{name}` as in the server's template. `"**"` for all.
   *
   * @minItems 1
   * @maxItems 256
   */
  resources?: string[];
  /**
   * Names and globs over the locked prompts: `[review, "draft_*"]`; `"*"` for all.
   *
   * @minItems 1
   */
  prompts?: string[] | string;
  /**
   * What these servers may ask of the agent in the course of a call. Nothing where this is left out.
   *
   * @minItems 1
   */
  server_requests?: ('sampling' | 'elicitation' | 'roots')[];
  /**
   * Per tool, or `"*"` for all: a JSON Schema that the call's arguments must satisfy. Properties named there become required; `within: /dir` is the rule for paths.
   */
  arguments?: {
    /**
     * A JSON Schema.
     */
    [k: string]: {};
  };
  /**
   * Fixed arguments: hidden from the agent, injected at the call.
   */
  set?: {};
  /**
   * A date (its end in UTC) or an instant, from which on this grants nothing.
   */
  expires?: string;
  limits?: Limits;
  /**
   * What the audit keeps of its calls, beside who called what.
   */
  audit?: {
    /**
     * hmac: a fingerprint, by which equal arguments can be told. full: the arguments themselves, up to 64 KiB.
     */
    arguments?: 'hmac' | 'full';
  };
}
/**
 * Bounds of the calls by this grant, counted for the agent as a whole, however many tokens it has.
 */
export interface Limits {
  /**
   * Calls in a length of time: `60/min`. As many at once are taken; they come back evenly.
   */
  rate?: string;
  /**
   * Calls under way at once.
   */
  concurrent?: number;
  /**
   * Time a call may take; the server is told when it has passed.
   */
  timeout?: string;
  /**
   * Largest result that is handed on.
   */
  result?: string | number;
}
/**
 * Tools, resources and prompts that the agent may not use; with `arguments`, only calls of the tools that match them.
 */
export interface Denial {
  /**
   * Lower case letters, digits and hyphens, at most 40, starting with a letter.
   */
  server?: string;
  /**
   * Lower case letters, digits and hyphens, at most 40, starting with a letter.
   */
  toolbox?: string;
  /**
   * Names and globs over the locked tools; `"*"` for all. Without `arguments` the agent does not see them.
   *
   * @minItems 1
   */
  tools?: string[] | string;
  /**
   * URIs, globs and templates: whatever they could come to is denied, known to the lock or not.
   *
   * @minItems 1
   */
  resources?: string[];
  /**
   * Names and globs over the locked prompts; `"*"` for all.
   *
   * @minItems 1
   */
  prompts?: string[] | string;
  /**
   * Per tool, or `"*"` for all: a JSON Schema. A call that satisfies it, or of which that cannot be told, is refused.
   */
  arguments?: {
    /**
     * A JSON Schema.
     */
    [k: string]: {};
  };
}
