/** Who gains and who loses what between two policies, in words and with a risk (DESIGN.md, `access_changes`). */
import type { AccessChange, AccessEntry, TokenAccess } from '../model/access.js';
import type { Shift } from './constraint.js';
import { isUnruled, shiftOf } from './constraint.js';

export interface Access {
  access: readonly AccessEntry[];
  tokens: readonly TokenAccess[];
}

export const NO_ACCESS: Access = { access: [], tokens: [] };

type Weight = Pick<AccessChange, 'risk' | 'reason'>;

const LOW: Weight = { risk: 'low', reason: null };
const MEDIUM: Weight = { risk: 'medium', reason: null };
const high = (reason: string): Weight => ({ risk: 'high', reason });

const WEIGHT: Readonly<Record<Shift, Weight>> = {
  narrowed: LOW,
  changed: MEDIUM,
  widened: high('more than before'),
};

/** Sorted: tools by agent, server and name; then tokens by id. */
export function accessChanges(before: Access, after: Access): AccessChange[] {
  return [
    ...pairs(before.access, after.access, (each) => JSON.stringify([each.agent, each.server, each.tool])).flatMap(
      ([was, is]) => toolChange(was, is),
    ),
    ...pairs(before.tokens, after.tokens, tokenKey).flatMap(([was, is]) =>
      (is ?? was)?.issuer === undefined ? tokenChange(was, is) : issuerChange(was, is),
    ),
  ];
}

/** Another secret is another token; an issuer that is trusted otherwise is still that issuer. */
function tokenKey({ id, agent, sha256, issuer }: TokenAccess): string {
  return JSON.stringify(issuer === undefined ? [id, agent, sha256] : [id, agent, 'issuer']);
}

/** Whether something ends that the live policy allows: that goes before anything else changes. */
export function takesAway(changes: readonly AccessChange[]): boolean {
  return changes.some(
    ({ effect, risk, kind }) =>
      effect === 'revoked' || (effect === 'constrained' && (risk !== 'high' || kind === 'issuer')),
  );
}

function toolChange(was: AccessEntry | undefined, is: AccessEntry | undefined): AccessChange[] {
  const entry = is ?? was;
  if (!entry) return [];
  return [...ruleChange(entry, was, is), ...recordChange(entry, was, is)];
}

function ruleChange(entry: AccessEntry, was: AccessEntry | undefined, is: AccessEntry | undefined): AccessChange[] {
  if (was?.constraint === is?.constraint) return [];
  const { agent, server, tool } = entry;
  const about = { kind: 'tool', agent, server, tool, token: null } as const;
  if (!was) {
    const weight = isUnruled(entry.constraint) ? high('any arguments') : MEDIUM;
    return [{ ...about, effect: 'granted', ...weight, text: `${agent} gains ${server}:${tool}` }];
  }
  if (!is) return [{ ...about, effect: 'revoked', ...LOW, text: `${agent} loses ${server}:${tool}` }];
  const shift = shiftOf(was.constraint, is.constraint);
  return [{ ...about, effect: 'constrained', ...WEIGHT[shift], text: `${server}:${tool} is ${shift} for ${agent}` }];
}

/** Who reads the audit reads the arguments, whatever they hold. With the access itself it ends without a word. */
function recordChange(
  { agent, server, tool }: AccessEntry,
  was: AccessEntry | undefined,
  is: AccessEntry | undefined,
): AccessChange[] {
  if (!is || was?.recorded === is.recorded) return [];
  const about = { kind: 'audit', agent, server, tool, token: null } as const;
  const calls = `of ${agent}’s calls of ${server}:${tool}`;
  return is.recorded
    ? [{ ...about, effect: 'granted', ...MEDIUM, text: `the audit gains the arguments ${calls}` }]
    : [{ ...about, effect: 'revoked', ...LOW, text: `the audit loses the arguments ${calls}` }];
}

/** Whose word is taken for who somebody is: as good as all that the agent may do. */
function issuerChange(was: TokenAccess | undefined, is: TokenAccess | undefined): AccessChange[] {
  const entry = is ?? was;
  if (!entry || was?.sha256 === is?.sha256) return [];
  const { agent, id } = entry;
  const about = { kind: 'issuer', agent, server: null, tool: null, token: null } as const;
  const weight = high('its word says who somebody is');
  if (!was) return [{ ...about, effect: 'granted', ...weight, text: `tokens of ${id} now stand for ${agent}` }];
  if (!is) return [{ ...about, effect: 'revoked', ...LOW, text: `tokens of ${id} no longer stand for ${agent}` }];
  const text = `tokens of ${id} stand for ${agent} by other keys or signatures than before`;
  return [{ ...about, effect: 'constrained', ...weight, text }];
}

function tokenChange(was: TokenAccess | undefined, is: TokenAccess | undefined): AccessChange[] {
  const entry = is ?? was;
  if (!entry || was?.expires === is?.expires) return [];
  const { agent, id } = entry;
  const about = { kind: 'token', agent, server: null, tool: null, token: id } as const;
  if (!was) {
    const until = entry.expires === null ? 'without expiry' : `until ${entry.expires}`;
    const weight = entry.expires === null ? high('it never ends by itself') : MEDIUM;
    return [{ ...about, effect: 'granted', ...weight, text: `new token ${id} for ${agent}, ${until}` }];
  }
  if (!is) return [{ ...about, effect: 'revoked', ...LOW, text: `token ${id} of ${agent} is no longer accepted` }];
  const sooner = instant(is.expires) < instant(was.expires);
  const text = `token ${id} of ${agent} ${sooner ? 'ends sooner' : 'lasts longer'}: ${words(was.expires)} → ${words(is.expires)}`;
  return [{ ...about, effect: 'constrained', ...(sooner ? LOW : high('valid for longer')), text }];
}

const instant = (expires: string | null): number => (expires === null ? Infinity : Date.parse(expires));
const words = (expires: string | null): string => expires ?? 'never';

/** Each key of either side once, sorted, with what either side has of it. */
function pairs<T>(
  before: readonly T[],
  after: readonly T[],
  key: (each: T) => string,
): [T | undefined, T | undefined][] {
  const was = new Map(before.map((each) => [key(each), each]));
  const is = new Map(after.map((each) => [key(each), each]));
  return [...new Set([...was.keys(), ...is.keys()])].sort().map((each) => [was.get(each), is.get(each)]);
}
