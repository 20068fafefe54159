/** A whole proxy on a free port with a fake bridge behind it, a policy in front of it, and its audit log to read. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAudit } from '../../src/audit/read.js';
import type { AuditLine, DecisionLine } from '../../src/audit/line.js';
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import type { Ack } from '../../src/model/ack.js';
import type { Definition, JsonObject, ServerDefinitions } from '../../src/model/definitions.js';
import { formatToken, parseToken, tokenHash } from '../../src/model/token.js';
import type { Policy, PolicyGrant } from '../../src/policy/artifact.js';
import { startProxy, type ProxyOptions, type RunningProxy } from '../../src/proxy/proxy.js';
import { FakeBridge } from './fake-bridge.js';

export function tool(name: string, properties: JsonObject = {}, more: JsonObject = {}): Definition {
  return { name, description: `does ${name}`, inputSchema: { type: 'object', properties }, ...more };
}

export function definitionsOf(tools: Definition[]): ServerDefinitions {
  return {
    protocolVersion: '2025-11-25',
    serverInfo: { name: 'fake', version: '1' },
    capabilities: { tools: {} },
    instructions: null,
    tools,
    prompts: [],
    resources: [],
    resourceTemplates: [],
  };
}

export function grant(server: string, tools: string[], more: Partial<PolicyGrant> = {}): PolicyGrant {
  return {
    effect: 'allow',
    rule: '',
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

export interface PolicyInput {
  /** Server → its tools. */
  servers: Record<string, Definition[]>;
  agents: Record<string, PolicyGrant[]>;
  toolboxes?: Record<string, string>;
}

export function policyOf({ servers, agents, toolboxes = {} }: PolicyInput): Policy {
  const policy: Policy = {
    format: 1,
    project: { name: 'acme', id: '7c1f0a52-0000-4000-8000-000000000000' },
    envelope: { protocolVersion: '2025-11-25', capabilities: {} },
    url: 'http://tools.test',
    hosts: [],
    origins: ['https://console.acme.test'],
    servers: {},
    definitions: {},
    agents: {},
    tokens: {},
    revoked: [],
  };
  for (const [name, tools] of Object.entries(servers)) {
    const definitions = definitionsOf(tools);
    const digest = digestOf({ ...definitions });
    policy.definitions[digest] = definitions;
    policy.servers[name] = {
      toolbox: toolboxes[name] ?? 'engineering',
      prefix: name,
      generations: {
        '1': {
          definitions: digest,
          tools: toolHashes(definitions).tools,
          image: 'sha256:image',
          transport: { type: 'stdio' },
          instances: 'shared',
          replicas: 1,
        },
      },
      serving: 1,
    };
  }
  for (const [agent, grants] of Object.entries(agents)) {
    const own = grants.map((each, i) => ({ ...each, rule: `agents.${agent}.grants[${i}]` }));
    policy.agents[agent] = { grants: own };
  }
  return policy;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export class World {
  readonly dir = mkdtempSync(join(tmpdir(), 'toolcrib-proxy-'));
  readonly bridge = new FakeBridge();
  readonly log: object[] = [];
  proxy!: RunningProxy;
  seq = 0;
  /** Policy as last written. */
  policy: Policy;

  constructor(input: PolicyInput) {
    this.policy = policyOf(input);
    for (const [name, tools] of Object.entries(input.servers)) this.bridge.servers.set(name, { tools });
    for (const folder of ['policy/policies', 'policy/revoked', 'ack', 'audit'])
      mkdirSync(join(this.dir, folder), { recursive: true });
  }

  /** A fresh token of the agent, in force with the next policy. */
  token(agent: string, expires: string | null = null): string {
    const token = formatToken(randomBytes(8), randomBytes(32));
    this.policy.tokens[tokenHash(token)] = { id: parseToken(token)?.id ?? '', agent, expires };
    return token;
  }

  async start(more: Partial<ProxyOptions> = {}): Promise<void> {
    await this.bridge.listen(join(this.dir, 'bridge.sock'));
    if (this.seq === 0) this.write();
    await this.startProxy(more);
    await this.ready();
  }

  async startProxy(more: Partial<ProxyOptions> = {}): Promise<void> {
    this.proxy = await startProxy({
      policyDir: join(this.dir, 'policy'),
      ackDir: join(this.dir, 'ack'),
      auditDir: join(this.dir, 'audit'),
      bridgeSocket: join(this.dir, 'bridge.sock'),
      listen: { host: '127.0.0.1', port: 0 },
      project: this.policy.project,
      boot: randomBytes(4).toString('hex'),
      now: () => new Date(),
      log: (line) => this.log.push(line),
      backOff: { first: 10, longest: 50 },
      ...more,
    });
  }

  /** Writes the policy as the next file, as the engine's archive would. */
  write(policy: Policy = this.policy): { seq: number; digest: string } {
    this.policy = policy;
    const bytes = JSON.stringify(policy);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const seq = ++this.seq;
    this.writeFile(`${String(seq).padStart(8, '0')}-${digest}.json`, bytes);
    return { seq, digest };
  }

  writeFile(name: string, bytes: string): void {
    const temporary = join(this.dir, 'policy', `.${name}`);
    writeFileSync(temporary, bytes);
    renameSync(temporary, join(this.dir, 'policy', 'policies', name));
  }

  revoke(id: string): void {
    writeFileSync(join(this.dir, 'policy', 'revoked', id), '');
  }

  ack(): Ack | null {
    try {
      return JSON.parse(readFileSync(join(this.dir, 'ack', 'ack.json'), 'utf8')) as Ack;
    } catch {
      return null;
    }
  }

  /** The policy written last is in force, and every generation of it has passed or failed its gate. */
  async ready(): Promise<Ack> {
    return until(() => {
      const ack = this.ack();
      if (ack?.seq !== this.seq) return null;
      return Object.values(ack.generations).every((each) => each.state !== 'starting') ? ack : null;
    });
  }

  audit(): AuditLine[] {
    const dir = join(this.dir, 'audit');
    return readdirSync(dir)
      .filter((name) => name.startsWith('audit')) // metrics are there as well, and are renamed at any time
      .sort()
      .flatMap((name) => parseAudit(readFileSync(join(dir, name), 'utf8')).lines);
  }

  decisions(): DecisionLine[] {
    return this.audit().filter((line) => line.type === 'decision');
  }

  get url(): string {
    return `http://127.0.0.1:${this.proxy.address.port}`;
  }

  /** Raw HTTP: headers exactly as given, the body as bytes. */
  http(
    method: string,
    path: string,
    headers: Record<string, string | string[]>,
    body?: string | Buffer,
  ): Promise<HttpAnswer> {
    return this.#send(method, path, headers, (sent) => sent.end(body));
  }

  /** The half of the body, then whatever happens meanwhile, then the rest. */
  drip(
    path: string,
    headers: Record<string, string | string[]>,
    body: unknown,
    meanwhile: () => Promise<void>,
  ): Promise<HttpAnswer> {
    const text = JSON.stringify(body);
    const half = text.length >> 1;
    return this.#send('POST', path, { ...JSON_HEADERS, ...headers }, (sent) => {
      sent.write(text.slice(0, half), () => {
        setTimeout(() => void meanwhile().then(() => sent.end(text.slice(half))), 50);
      });
    });
  }

  #send(
    method: string,
    path: string,
    headers: Record<string, string | string[]>,
    write: (sent: ClientRequest) => void,
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const { port } = this.proxy.address;
      const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sent.on('error', reject);
      write(sent);
    });
  }

  async post(path: string, headers: Record<string, string | string[]>, body: unknown): Promise<HttpAnswer> {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return this.http('POST', path, { ...JSON_HEADERS, ...headers }, text);
  }

  /** Authorization and session headers of a new session. */
  async session(token: string, path = '/mcp', version = '2025-11-25'): Promise<Record<string, string>> {
    const authorization = `Bearer ${token}`;
    const answer = await this.post(path, { authorization }, initialize(version));
    const id = answer.headers['mcp-session-id'];
    if (answer.status !== 200 || typeof id !== 'string') throw new Error(`no session: ${answer.status} ${answer.body}`);
    return { authorization, 'mcp-session-id': id };
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.bridge.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

export function initialize(version = '2025-11-25'): JsonObject {
  return rpc('initialize', { protocolVersion: version, capabilities: {}, clientInfo: { name: 'test', version: '1' } });
}

export function rpc(method: string, params: JsonObject = {}, id: number | string = 1): JsonObject {
  return { jsonrpc: '2.0', id, method, params };
}

export function call(name: string, args: JsonObject = {}, id: number | string = 1): JsonObject {
  return rpc('tools/call', { name, arguments: args }, id);
}

/** Polls: what is waited for comes soon or the test's own deadline says so. */
export async function until<T>(
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
