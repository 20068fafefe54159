/** A policy artifact written by hand: the proxy is measured without engine and command line. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const hex = (text) => createHash('sha256').update(text).digest('hex');
const digest = (value) => `sha256:${hex(canonical(value))}`;

/** RFC 8785 for what stands in here: ASCII keys, no fractions. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

export const ECHO = {
  name: 'echo',
  description: 'Says back what it is told.',
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string' }, text: { type: 'string' } },
    required: ['path', 'text'],
  },
};

/** An argument rule as one writes it for files: a folder to stay in, and a longest text. */
export const RULE = { echo: { properties: { path: { within: '/data/public' }, text: { maxLength: 4096 } } } };

const PROTOCOL = '2025-06-18';

/** @param servers name → {tools, transport} @param agents name → grants */
export function policyOf(servers, agents) {
  const policy = {
    format: 1,
    project: { name: 'bench', id: '7c1f0a52-0000-4000-8000-000000000000' },
    envelope: { protocolVersion: PROTOCOL, capabilities: {} },
    hosts: [],
    origins: [],
    servers: {},
    definitions: {},
    agents: {},
    tokens: {},
    revoked: [],
  };
  for (const [name, { tools, transport }] of Object.entries(servers)) {
    const definitions = {
      protocolVersion: PROTOCOL,
      serverInfo: { name: 'bench', version: '1.0.0' },
      capabilities: { tools: {} },
      instructions: null,
      tools,
      prompts: [],
      resources: [],
      resourceTemplates: [],
    };
    const key = digest(definitions);
    policy.definitions[key] = definitions;
    policy.servers[name] = {
      toolbox: 'bench',
      prefix: name,
      generations: {
        1: {
          definitions: key,
          tools: Object.fromEntries(tools.map((tool) => [tool.name, digest(tool)])),
          image: 'sha256:bench',
          transport,
          instances: 'shared',
          replicas: 1,
        },
      },
      serving: 1,
    };
  }
  for (const [agent, grants] of Object.entries(agents)) {
    policy.agents[agent] = { grants: grants.map((each, i) => ({ ...each, rule: `agents.${agent}.grants[${i}]` })) };
  }
  return policy;
}

export const grantOf = (server, tools, rules = {}) => ({
  effect: 'allow',
  server,
  tools,
  resources: [],
  prompts: [],
  serverRequests: [],
  arguments: rules,
  set: {},
  expires: null,
  limits: null,
  auditArguments: 'hmac',
});

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A well-formed token (DESIGN, Tokens): the proxy looks at its checksum too. */
export function tokenFor(policy, agent) {
  const id = randomBytes(16).toString('hex').slice(0, 10);
  const secret = Array.from(randomBytes(43), (byte) => BASE62[byte % 62]).join('');
  const body = `tcb_${id}_${secret}`;
  const token = `${body}_${checksum(body)}`;
  policy.tokens[hex(token)] = { id, agent, expires: null };
  return token;
}

function checksum(text) {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = ~crc >>> 0;
  let digits = '';
  for (let i = 0; i < 6; i++) {
    digits = BASE62[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** As apply would put it there. */
export function writePolicy(folder, policy, seq) {
  const bytes = JSON.stringify(policy);
  const target = path.join(folder, 'policies');
  mkdirSync(target, { recursive: true });
  writeFileSync(path.join(target, `${String(seq).padStart(8, '0')}-${hex(bytes)}.json`), bytes);
  return bytes.length;
}
