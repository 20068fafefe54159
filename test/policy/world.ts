/** Policies for tests, as the compiler would make them. */
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import type { Definition, JsonObject } from '../../src/model/definitions.js';
import type { Policy, PolicyGrant } from '../../src/policy/artifact.js';
import { decide, type Decision, type Standings } from '../../src/policy/decide.js';
import { parseEndpoint, type Endpoint } from '../../src/policy/endpoint.js';
import { LoadedPolicy } from '../../src/policy/load.js';

export const NOW = Date.parse('2026-06-01T00:00:00Z');
export const locked: Standings = () => 'locked';

export function tool(name: string, properties: JsonObject | null = { path: {}, mode: {}, owner: {} }): Definition {
  return { name, inputSchema: { type: 'object', ...(properties && { properties }) } };
}

export function grant(server: string, tools: string[], more: Partial<PolicyGrant> = {}): PolicyGrant {
  return {
    effect: 'allow',
    rule: 'r',
    server,
    tools,
    resources: [],
    prompts: [],
    serverRequests: [],
    arguments: {},
    set: {},
    expires: null,
    limits: null,
    auditArguments: 'hmac',
    ...more,
  };
}

export function policy(
  servers: Record<string, { tools: Definition[]; toolbox?: string; serving?: number | null }>,
  agents: Record<string, PolicyGrant[]>,
): Policy {
  const made: Policy = {
    format: 1,
    project: { name: 'acme', id: 'id' },
    envelope: { protocolVersion: '2025-11-25', capabilities: {} },
    url: 'http://127.0.0.1:7411',
    hosts: ['127.0.0.1:7411'],
    origins: [],
    servers: {},
    definitions: {},
    agents: Object.fromEntries(
      Object.entries(agents).map(([name, grants]) => [
        name,
        { grants: grants.map((each, i) => ({ ...each, rule: `agents.${name}.grants[${i}]` })) },
      ]),
    ),
    tokens: {},
    revoked: [],
  };
  for (const [name, { tools, toolbox, serving }] of Object.entries(servers)) {
    const definitions = {
      protocolVersion: '2025-11-25',
      serverInfo: {},
      capabilities: {},
      instructions: null,
      tools,
      prompts: [],
      resources: [],
      resourceTemplates: [],
    };
    const digest = digestOf(definitions);
    made.definitions[digest] = definitions;
    made.servers[name] = {
      toolbox: toolbox ?? 'box',
      prefix: name,
      generations: {
        '1': {
          definitions: digest,
          tools: toolHashes(definitions).tools,
          image: 'i',
          transport: { type: 'stdio' },
          instances: 'shared',
          replicas: 1,
        },
      },
      serving: serving === undefined ? 1 : serving,
    };
  }
  return made;
}

export function endpoint(path: string): Endpoint {
  const parsed = parseEndpoint(path);
  if (!parsed) throw new Error(`no endpoint: ${path}`);
  return parsed;
}

export interface Asked {
  agent?: string;
  path?: string;
  name?: string;
  arguments?: JsonObject;
  imprecise?: boolean;
  now?: number;
  standing?: Standings;
}

export function ask(loaded: LoadedPolicy | Policy, asked: Asked): Decision {
  const { agent = 'bot', path = '/mcp', name = 'files__read', imprecise = false, now = NOW } = asked;
  const values = asked.arguments ?? {};
  return decide(
    loaded instanceof LoadedPolicy ? loaded : new LoadedPolicy(loaded, 'd'),
    { agent, endpoint: endpoint(path), name, arguments: () => ({ values, imprecise }), now },
    asked.standing ?? locked,
  );
}

/** `allow RULE` or `deny REASON RULE visible|hidden`, to compare whole decisions at a glance. */
export function told(decision: Decision): string {
  if (decision.effect === 'allow') return `allow ${decision.rule}`;
  return `deny ${decision.reason} ${decision.rule} ${decision.visible ? 'visible' : 'hidden'}`;
}
