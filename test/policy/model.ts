/** What DESIGN.md says of policy, in the fewest words, and policies and requests to try it on. */
import fc from 'fast-check';
import type { Definition, JsonObject } from '../../src/model/definitions.js';
import type { Policy, PolicyGrant } from '../../src/policy/artifact.js';
import { grant, NOW, policy, tool } from './world.js';

export interface Request {
  agent: string;
  path: string;
  name: string;
  arguments: Record<string, string | number | boolean>;
}

/** "Grants are tried in the order of the file: the first whose tool, expiry and arguments match decides alone; deny comes before all." */
export function reference(policy: Policy, { agent, path, name, arguments: sent }: Request, now: number): string {
  const [, kind, only] = path.split('/'); // /mcp, /toolbox/NAME/mcp, /server/NAME/mcp
  const speaksOf = ({ server, tools }: PolicyGrant): boolean =>
    policy.servers[server]?.serving === 1 &&
    (kind === 'mcp' || only === (kind === 'server' ? server : policy.servers[server].toolbox)) &&
    tools.some((each) => name === (kind === 'server' ? each : `${server}__${each}`));
  const all =
    Object.entries(policy.agents)
      .find(([each]) => each === agent)?.[1]
      .grants.filter(speaksOf) ?? [];
  const grants = all.filter(({ effect }) => effect === 'allow');
  const live = grants.filter(({ expires }) => expires === null || Date.parse(expires) > now);
  const denials = grants.length === 0 ? [] : all.filter(({ effect }) => effect === 'deny');
  const barred = denials.find(({ arguments: rules }) => Object.keys(rules).length === 0);
  if (barred) return `deny denied ${barred.rule} hidden`;
  if (live.length === 0) return `deny ${grants.length > 0 ? 'expired' : 'not_granted'} default hidden`;
  const denied = denials.find((each) => rulesOf(each, name).some((rule) => couldSatisfy(rule, sent)));
  if (denied) return `deny denied ${denied.rule} visible`;
  const first = live.find((each) => rulesOf(each, name).every((rule) => satisfies(rule, sent)));
  if (!first) return `deny arguments ${live[0]?.rule ?? ''} visible`;
  const fixed = Object.keys(first.set).some((each) => each in sent);
  return fixed ? `deny set_argument ${first.rule} visible` : `allow ${first.rule}`;
}

/** Rules here are `{properties: {NAME: {type, maximum}}}`, `{… {within}}` and `{… {enum}}`, of one property. */
function rulesOf({ arguments: rules }: PolicyGrant, name: string): [string, Rule][] {
  const own = name.split('__').at(-1) ?? '';
  return ['*', own].flatMap((key) => Object.entries((rules[key]?.['properties'] ?? {}) as Record<string, Rule>));
}

interface Rule extends JsonObject {
  type?: string;
  maximum?: number;
  within?: string;
  enum?: string[];
}

const KNOWN = ['n', 'path', 'mode', 'k'];

function satisfies([name, rule]: [string, Rule], sent: Request['arguments']): boolean {
  const value = sent[name];
  if (!Object.keys(sent).every((each) => KNOWN.includes(each))) return false;
  if (rule.maximum !== undefined) return typeof value === 'number' && value <= rule.maximum;
  if (rule.enum) return rule.enum.includes(value as string);
  return isPlain(value) && `${value}/`.startsWith(`${rule.within ?? ''}/`);
}

/** For a denial: whoever could read it as a match must not get it. */
function couldSatisfy([name, rule]: [string, Rule], sent: Request['arguments']): boolean {
  const value = sent[name];
  if (name.toUpperCase() in sent) return true;
  if (value === undefined) return false;
  if (rule.maximum !== undefined) return typeof value !== 'number' || value <= rule.maximum;
  if (rule.enum) return rule.enum.includes(String(value).toLowerCase().trim());
  const root = `${rule.within ?? ''}/`;
  return !isPlain(value) || `${value}/`.startsWith(root) || root.startsWith(`${value}/`);
}

const isPlain = (value: unknown): value is string => typeof value === 'string' && /^(?:\/\w+)+$/.test(value);

const tools = ['a', 'b', 'c'];
const properties = { n: {}, path: {}, mode: {}, k: {} };

const anyRule = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((maximum): JsonObject => ({ properties: { n: { type: 'number', maximum } } })),
  fc.constantFrom('/data', '/data/x').map((within): JsonObject => ({ properties: { path: { within } } })),
  fc.subarray(['r', 'w'], { minLength: 1 }).map((values): JsonObject => ({ properties: { mode: { enum: values } } })),
);

const anyRules = (keys: string[]): fc.Arbitrary<Record<string, JsonObject>> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('*', ...keys), anyRule, { minKeys: 1, maxKeys: 2 }) },
  );

const anyGrant: fc.Arbitrary<PolicyGrant> = fc
  .record({
    effect: fc.constantFrom('allow' as const, 'allow' as const, 'allow' as const, 'deny' as const),
    server: fc.constantFrom('x', 'y'),
    tools: fc.uniqueArray(fc.constantFrom(...tools), { minLength: 1 }),
    set: fc.subarray(['k']),
    expires: fc.constantFrom(null, null, '2026-05-31T23:59:59Z', '2026-06-02T00:00:00Z'),
  })
  .chain(({ effect, server, tools: some, set, expires }) =>
    anyRules(some).map((rules) =>
      grant(server, some, {
        effect,
        arguments: rules,
        set: effect === 'deny' ? {} : Object.fromEntries(set.map((name) => [name, 1])),
        expires: effect === 'deny' ? null : expires,
      }),
    ),
  );

/** @param define what the servers' tools are. */
export function anyPolicy(define: (name: string, arguments_: JsonObject) => Definition = tool): fc.Arbitrary<Policy> {
  const defined = tools.map((name) => define(name, properties));
  return fc
    .record({
      one: fc.array(anyGrant, { maxLength: 6 }),
      two: fc.array(anyGrant, { maxLength: 3 }),
      serving: fc.constantFrom(1, 1, 1, null),
    })
    .map(({ one, two, serving }) =>
      policy({ x: { tools: defined, toolbox: 'box' }, y: { tools: defined, toolbox: 'net', serving } }, { one, two }),
    );
}

const anyValue = fc.constantFrom<string | number | boolean>(
  ...[-1, 0, 3, 4, 5, '2', 'r', 'w', 'R', ' w', true, '/data', '/data/x', '/data/x/y', '/data/../x', '/dat', 'x', '/'],
);

export const anyRequest: fc.Arbitrary<Request> = fc
  .record({
    agent: fc.constantFrom('one', 'one', 'two', 'three', '__proto__'),
    path: fc.constantFrom(
      ...['/mcp', '/mcp', '/toolbox/box/mcp', '/toolbox/net/mcp', '/server/x/mcp', '/server/y/mcp', '/server/z/mcp'],
    ),
    server: fc.constantFrom('x', 'x', 'y', 'X'),
    bare: fc.boolean(),
    tool: fc.constantFrom('a', 'a', 'b', 'c', 'd', 'A'),
    arguments: fc.dictionary(fc.constantFrom('n', 'path', 'mode', 'k', 'q', 'N'), anyValue, { maxKeys: 3 }),
  })
  .map(({ agent, path, server, bare, tool: asked, arguments: sent }) => ({
    agent,
    path,
    name: path.startsWith('/server') ? (bare ? asked : `${server}__${asked}`) : `${server}__${asked}`,
    arguments: { ...sent },
  }));

export const MOMENT = NOW;
