/** The artifact's form, as a JSON Schema: nothing unknown is let through. What it cannot say, read.ts checks. */

const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
const name = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$' };
const instant = { type: ['string', 'null'], pattern: '^\\d{4}-\\d{2}-\\d{2}T' };
const text = { type: 'string', maxLength: 1024 };
const object = { type: 'object' };
const tokenId = { type: 'string', pattern: '^[0-9a-z]{10}$' };

/** @param optional what may be left out. */
function record(properties: Record<string, object>, optional: Record<string, object> = {}): Record<string, unknown> {
  const required = Object.keys(properties);
  return { type: 'object', properties: { ...properties, ...optional }, required, additionalProperties: false };
}

function map(keys: object, values: object): object {
  return { type: 'object', propertyNames: keys, additionalProperties: values };
}

function list(items: object): object {
  return { type: 'array', items };
}

const definition = { type: 'object', properties: { name: { type: 'string', minLength: 1 } }, required: ['name'] };

const definitions = record({
  protocolVersion: text,
  serverInfo: object,
  capabilities: object,
  instructions: { type: ['string', 'null'] },
  tools: list(definition),
  prompts: list(definition),
  resources: list(object),
  resourceTemplates: list(object),
});

/** Where in the own network something may be called, and who signs for it. */
const reach = {
  privateAddresses: list({ type: 'string', pattern: '^[0-9A-Fa-f.:]{2,45}/[0-9]{1,3}$' }),
  ca: { type: 'string', pattern: '^-----BEGIN CERTIFICATE-----', maxLength: 65_536 },
  insecure: { const: true },
};

const transport = {
  type: 'object',
  oneOf: [
    record({ type: { const: 'stdio' } }),
    record({
      type: { const: 'http' },
      port: { type: 'integer', minimum: 1, maximum: 65535 },
      path: { type: 'string', pattern: '^/', maxLength: 1024 },
    }),
    record({ type: { const: 'remote' }, url: { type: 'string', pattern: '^https?://', maxLength: 2048 } }, reach),
  ],
};

const generation = record({
  definitions: digest,
  tools: map({ type: 'string' }, digest),
  image: text,
  transport,
  instances: { enum: ['shared', 'agent', 'user', 'session'] },
  replicas: { type: 'integer', minimum: 1, maximum: 64 },
});

const plainServer = record({
  toolbox: name,
  prefix: name,
  generations: map({ type: 'string', pattern: '^[1-9][0-9]{0,8}$' }, generation),
  serving: { type: ['integer', 'null'], minimum: 1 },
});
const marks = { held: { const: true }, protected: { const: true } };
const server = { ...plainServer, properties: { ...(plainServer.properties as object), ...marks } };

const bound = { type: ['integer', 'null'], minimum: 1 };
const rate = record({ calls: { type: 'integer', minimum: 1 }, milliseconds: { type: 'integer', minimum: 1 } });

const limits = record({
  rate: { anyOf: [{ type: 'null' }, rate] },
  concurrent: bound,
  timeoutMs: bound,
  resultBytes: { type: ['integer', 'null'], minimum: 0 },
});

const grant = record({
  effect: { enum: ['allow', 'deny'] },
  rule: text,
  server: name,
  tools: list({ type: 'string' }),
  resources: list({ type: 'string', minLength: 1, maxLength: 1024 }),
  prompts: list({ type: 'string' }),
  serverRequests: list({ enum: ['elicitation', 'roots', 'sampling'] }),
  arguments: map({ type: 'string' }, object),
  set: object,
  expires: instant,
  limits: { anyOf: [{ type: 'null' }, limits] },
  auditArguments: { enum: ['hmac', 'full'] },
});

const nullable = { type: ['string', 'null'], maxLength: 2048 };

const jwt = record(
  {
    issuer: text,
    audience: nullable,
    jwksUri: nullable,
    claims: map({ type: 'string' }, { type: ['string', 'number', 'boolean'] }),
    algorithms: list({
      enum: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    }),
  },
  reach,
);

const telemetry = record(
  {
    endpoint: { type: 'string', pattern: '^https?://', maxLength: 1024 },
    sample: { type: 'number', minimum: 0, maximum: 1 },
  },
  { ca: reach.ca },
);
const hexDigest = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const certificate = record({
  file: hexDigest,
  fingerprint: hexDigest,
  expires: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T' },
});

export const artifactSchema: Readonly<Record<string, unknown>> = record(
  {
    format: { const: 1 },
    project: record({ name: text, id: text }),
    envelope: record({ protocolVersion: text, capabilities: object }),
    hosts: list(text),
    origins: list(text),
    servers: map(name, server),
    definitions: map(digest, definitions),
    agents: map(name, record({ grants: list(grant) }, { jwt: list(jwt) })),
    tokens: map({ type: 'string', pattern: '^[0-9a-f]{64}$' }, record({ id: tokenId, agent: name, expires: instant })),
    revoked: list(tokenId),
  },
  { url: text, certificate, telemetry, audit: record({ durability: { enum: ['process', 'power'] } }) },
);
