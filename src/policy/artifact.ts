/**
 * The policy artifact: what compile/ makes, the engine's policy volume holds as
 * `policies/SEQ-SHA256.json` (RFC 8785 bytes), and the proxy enforces. Content-addressed,
 * and free of lines and times: formatting toolbox.yaml never changes it.
 */
import type { Envelope, JsonObject, ServerDefinitions } from '../model/definitions.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Digest } from '../model/lock.js';
import type { OwnNetwork, Sharing, Transport } from '../model/transport.js';

/** One incarnation of a server. What may differ between the old and the next one stands here, not on the server. */
export interface PolicyGeneration {
  /** Key into `definitions`. */
  definitions: Digest;
  /** Tool name → hash of its locked definition. */
  tools: Record<string, Digest>;
  /** Image id or digest, for the audit; empty where there is no image. */
  image: string;
  transport: Transport;
  /**
   * Other than `shared` with one replica, its container is a template: the proxy opens instances of it by keys of its
   * own (model/transport.ts).
   */
  instances: Sharing;
  /** Instances that a `shared` server's calls are spread over; 1 otherwise. */
  replicas: number;
}

export interface PolicyServer {
  toolbox: string;
  /** Prefix of its tools' exposed names at /mcp and /toolbox: the server's name, or its `alias`. */
  prefix: string;
  /** Generation number (as text) → what it is. One that does not serve is a candidate: the proxy gates it. */
  generations: Record<string, PolicyGeneration>;
  serving: number | null;
  /** What serves has stopped for a successor that may not run beside it: nothing is sent, and calls wait. */
  held?: true;
  /** `prevent_destroy`: the engine remembers it, so that removing the declaration does not remove the server. */
  protected?: true;
}

export type ServerRequest = 'elicitation' | 'roots' | 'sampling';

/** Counted for an agent and a rule, however many tokens the agent has. null: not bounded. */
export interface PolicyLimits {
  /** So many at once; they come back evenly over the time. */
  rate: { calls: number; milliseconds: number } | null;
  concurrent: number | null;
  timeoutMs: number | null;
  resultBytes: number | null;
}

export interface PolicyGrant {
  /** A `deny` comes before all grants, wherever it stands in the list; it has no set, expiry or limits. */
  effect: 'allow' | 'deny';
  /** Where it stands: `agents.triage-bot.grants[0]`. */
  rule: string;
  server: string;
  /** Exact names: globs were expanded over the lock. Sorted. */
  tools: string[];
  /** URIs, globs and templates (uri-pattern.ts). Sorted. */
  resources: string[];
  /** Exact names. Sorted. */
  prompts: string[];
  /** What the server may ask of the agent in the course of a call. Sorted. */
  serverRequests: ServerRequest[];
  /** Tool → JSON Schema that the agent's arguments must satisfy (limited keywords; `within` allowed). */
  arguments: Record<string, JsonObject>;
  /** Arguments injected at the call and hidden from the agent. */
  set: JsonObject;
  /** ISO 8601 instant from which on it grants nothing; null: never. */
  expires: string | null;
  limits: PolicyLimits | null;
  /** What the audit keeps of the arguments: their HMAC, or themselves. */
  auditArguments: 'hmac' | 'full';
}

/** Access tokens (JWT) that stand for an agent. */
export interface PolicyJwt extends OwnNetwork {
  issuer: string;
  /** null: the URL of the endpoint that is called (RFC 8707). */
  audience: string | null;
  /** null: found by discovery. */
  jwksUri: string | null;
  /** Every one must have this value, or be a list that holds it. */
  claims: Record<string, string | number | boolean>;
  algorithms: string[];
}

export interface PolicyToken {
  id: string;
  agent: string;
  expires: string | null;
}

export interface PolicyAgent {
  grants: PolicyGrant[];
  /** Left out: none. */
  jwt?: PolicyJwt[];
}

/** What agents are served with. The key is not here: it lies beside the policies, in the file that this names. */
export interface PolicyCertificate {
  /** Hex SHA-256 of that file, which holds the key and the certificates; its name is `tls/DIGEST.pem`. */
  file: string;
  /** Hex SHA-256 of the certificate itself, as clients show it. */
  fingerprint: string;
  /** ISO 8601 instant. */
  expires: string;
}

/** Where spans go, by OTLP over HTTP. */
export interface PolicyTelemetry {
  /** URL of the collector, without the path of a signal. */
  endpoint: string;
  /** Share of the requests without a trace of their own that begin one, 0 to 1. */
  sample: number;
  /** PEM certificates of the one authority that counts. Left out: the public ones do. */
  ca?: string;
}

export interface Policy {
  format: 1;
  project: ProjectIdentity;
  envelope: Envelope;
  /** How agents call it, without a path: `http://127.0.0.1:7411`. The endpoints' own URLs begin with it. */
  url?: string;
  /** Left out: it serves without TLS. */
  certificate?: PolicyCertificate;
  /** Left out: nowhere. */
  telemetry?: PolicyTelemetry;
  /** Left out: durable against the death of the proxy alone. */
  audit?: { durability: 'process' | 'power' };
  /** Where agents reach it, for Host checks: `127.0.0.1:7411` and further allowed hosts. */
  hosts: string[];
  /** Origins that browsers may send; empty: none. */
  origins: string[];
  servers: Record<string, PolicyServer>;
  /** By hash, because generations share them. */
  definitions: Record<Digest, ServerDefinitions>;
  agents: Record<string, PolicyAgent>;
  /** SHA-256 of the token, hex → whose it is. */
  tokens: Record<string, PolicyToken>;
  /** Ids revoked in git. */
  revoked: string[];
}
