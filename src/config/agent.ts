/** One entry of `agents:` → AgentConfig. Whether a granted tool exists is the lock's to say. */
import { didYouMean } from '../diagnostics/suggest.js';
import type { JsonObject } from '../model/definitions.js';
import type { AgentConfig, AuthenticationConfig, GrantConfig, LimitsConfig, Pointer } from './config.js';
import type { DeclaredFile, Problems } from './declared-file.js';
import { bytes, instant, nanoseconds } from './quantities.js';
import { readOwnNetwork, urlProblem } from './remote.js';
import type { Authentication, Grant } from './schema-types.js';

const LONGEST_TIMEOUT_MS = 24 * 3_600_000;

/** What is wrong with an arguments rule; policy/ knows, and stands on the same floor. */
export type RuleProblems = (rule: unknown) => readonly { path: (string | number)[]; message: string }[];

export interface AgentContext {
  file: DeclaredFile;
  problems: Problems;
  now: Date;
  /** Loaded only where there is a rule. */
  ruleProblems: () => Promise<RuleProblems>;
  /** Where the project's own networks are; null: not known. */
  networkPool: string | null;
}

export async function readAgent(name: string, context: AgentContext): Promise<AgentConfig | null> {
  const { file } = context;
  const path = ['agents', name];
  const declared = file.shape.value.agents?.[name];
  const list = (which: 'grants' | 'deny', effect: GrantConfig['effect']): Promise<GrantConfig[]> =>
    readGrants(declared?.[which], [...path, which], `agents.${name}.${which}`, effect, context);
  const grants = await list('grants', 'allow');
  const deny = await list('deny', 'deny');
  if (!declared || !file.shape.sound(path, 'grants', 'deny')) return null;
  const { authenticate } = declared;
  const at = { file: file.name, path };
  return { name, authenticate: await readAuthentication(authenticate, context, path), grants, deny, at };
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

function readAuthentication(
  declared: readonly Authentication[],
  context: AgentContext,
  agent: readonly (string | number)[],
): Promise<AuthenticationConfig[]> {
  const read = async ({ jwt }: Authentication, index: number): Promise<AuthenticationConfig> =>
    jwt ? readJwt(jwt, context, [...agent, 'authenticate', index, 'jwt']) : { type: 'token' };
  return Promise.all(declared.map(read));
}

async function readJwt(
  jwt: NonNullable<Authentication['jwt']>,
  { file, problems, networkPool }: AgentContext,
  path: readonly (string | number)[],
): Promise<AuthenticationConfig> {
  const at = (...below: (string | number)[]): Pointer => ({ file: file.name, path: [...path, ...below] });
  const own = await readOwnNetwork(jwt, { at, sound: () => true, problems, folder: file.folder, networkPool });
  for (const key of ['issuer', 'jwks_uri'] as const) {
    const url = jwt[key];
    const problem = url === undefined ? null : urlProblem(url, own);
    if (problem) problems.error('issuer_url', `\`${url}\` ${problem.detail}`, problem.fix, at(key));
  }
  const { issuer, audience = null, jwks_uri: jwksUri = null, claims, algorithms = ALGORITHMS } = jwt;
  return { type: 'jwt', issuer, audience, jwksUri, claims, algorithms, ...own };
}

/** What a file's top-level `grants:` gives to an agent. Named after its toolbox: another file may grant to the same one. */
export async function readOwnGrants(agent: string, context: AgentContext): Promise<GrantConfig[]> {
  const { grants, toolbox } = context.file.shape.value;
  return readGrants(grants?.[agent], ['grants', agent], `toolbox.${toolbox}.grants.${agent}`, 'allow', context);
}

async function readGrants(
  declared: unknown,
  section: readonly string[],
  rule: string,
  effect: GrantConfig['effect'],
  context: AgentContext,
): Promise<GrantConfig[]> {
  const { file } = context;
  if (!Array.isArray(declared)) return [];
  const grants: GrantConfig[] = [];
  for (const [index, grant] of (declared as Grant[]).entries()) {
    const path = [...section, index];
    if (!file.shape.sound(path)) continue;
    const at = (...below: (string | number)[]): Pointer => ({ file: file.name, path: [...path, ...below] });
    const tools = listed(grant.tools);
    if (grantsNothing(grant)) context.problems.error(...nothingGranted(path), at(), 'key');
    const rules = (grant.arguments ?? {}) as Record<string, JsonObject>;
    await checkRules(rules, tools, context, at);
    grants.push({
      effect,
      rule: `${rule}[${index}]`,
      target:
        grant.server !== undefined
          ? { type: 'server', name: grant.server }
          : { type: 'toolbox', name: grant.toolbox ?? '' },
      tools,
      resources: grant.resources ?? [],
      prompts: listed(grant.prompts),
      serverRequests: grant.server_requests ?? [],
      arguments: rules,
      set: grant.set ?? {},
      expires: readExpiry(grant, context, at),
      limits: readLimits(grant.limits, context, at),
      auditArguments: grant.audit?.arguments ?? 'hmac',
      at: at(),
    });
  }
  return grants;
}

function listed(names: string | string[] | undefined): string[] {
  return typeof names === 'string' ? [names] : (names ?? []);
}

function grantsNothing({ tools, resources, prompts }: Grant): boolean {
  return tools === undefined && resources === undefined && prompts === undefined;
}

function nothingGranted(path: (string | number)[]): ['missing_key', string, string] {
  const where = `\`${path.join('.').replace(/\.(\d+)/g, '[$1]')}\``;
  return [
    'missing_key',
    `${where} does not say what it is about.`,
    'Add `tools: [NAME, …]`, or `tools: ["*"]` for all; or `resources:` or `prompts:`.',
  ];
}

type At = (...below: (string | number)[]) => Pointer;

const PER: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000 };

function readLimits(limits: Grant['limits'], { problems }: AgentContext, at: At): LimitsConfig | null {
  if (!limits) return null;
  const [calls = '', unit = ''] = limits.rate?.split('/') ?? [];
  const timeoutMs = limits.timeout === undefined ? null : nanoseconds(limits.timeout) / 1e6;
  if (timeoutMs !== null && (timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS)) {
    problems.error(
      'wrong_type',
      `\`${limits.timeout}\` is no time that a call can take.`,
      'Write a time between 1ms and 24h, for example `30s`.',
      at('limits', 'timeout'),
    );
  }
  return {
    rate: limits.rate === undefined ? null : { calls: Number(calls), milliseconds: PER[unit] ?? 0 },
    concurrent: limits.concurrent ?? null,
    timeoutMs,
    resultBytes: limits.result === undefined ? null : bytes(limits.result),
  };
}

function readExpiry(grant: Grant, { problems, now }: AgentContext, at: At): string | null {
  if (grant.expires === undefined) return null;
  const expires = instant(grant.expires);
  if (expires === null) {
    problems.error(
      'wrong_type',
      `\`${grant.expires}\` is no date of the calendar.`,
      'Write for example `2027-06-30`.',
      at('expires'),
    );
  } else if (Date.parse(expires) <= now.getTime()) {
    problems.warn(
      'grant_expired',
      `This grant ended ${expires} and grants nothing any more.`,
      'Remove it, or give it a later date.',
      at('expires'),
    );
  }
  return expires;
}

/** A rule that could never apply would be taken for a protection that is not there. */
async function checkRules(
  rules: Record<string, JsonObject>,
  tools: string[],
  context: AgentContext,
  at: At,
): Promise<void> {
  const entries = Object.entries(rules);
  if (entries.length === 0) return;
  const ruleProblems = await context.ruleProblems();
  for (const [tool, rule] of entries) {
    if (!applies(tool, tools)) {
      const near = didYouMean(tool, tools);
      context.problems.error(
        'invalid_arguments_rule',
        `This rule is for \`${tool}\`, which this grant does not include, so it would protect nothing.`,
        near
          ? `Did you mean \`${near}\`?`
          : `Write the name of a granted tool (${tools.slice(0, 5).join(', ')}), or \`"*"\` for all.`,
        at('arguments', tool),
        'key',
      );
    }
    for (const { path, message } of ruleProblems(rule)) {
      const what = path.length > 0 ? `\`${path.join('.')}\`` : 'The rule';
      context.problems.error(
        'invalid_arguments_rule',
        `${what}: ${message}.`,
        'Correct the rule.',
        at('arguments', tool, ...path),
      );
    }
  }
}

function applies(tool: string, tools: string[]): boolean {
  if (tool === '*') return true;
  if (tool.includes('*')) return false;
  return tools.some((pattern) => {
    if (!pattern.includes('*')) return pattern === tool;
    const [head = '', ...rest] = pattern.split('*');
    const tail = rest.pop() ?? '';
    if (!tool.startsWith(head) || !tool.endsWith(tail) || tool.length < head.length + tail.length) return false;
    let middle = tool.slice(head.length, tool.length - tail.length);
    return rest.every((part) => {
      const found = middle.indexOf(part);
      middle = middle.slice(found + part.length);
      return found >= 0;
    });
  });
}
