/** Who gains and who loses what between two policies, in words and with a risk (DESIGN.md, `access_changes`). */
import type { AccessChange, AccessEntry, TokenAccess } from '../model/access.js';
import type { Shift } from './constraint.js';
import { isUnruled, shiftOf } from './constraint.js';

export interface Access {
  access: readonly AccessEntry[];
  tokens: readonly TokenAccess[];
}

export const NO_ACCESS: Access = { access: [], tokens: [] };

const RISK = { narrowed: 'low', changed: 'medium', widened: 'high' } as const satisfies Record<
  Shift,
  AccessChange['risk']
>;

/** Sorted: tools by agent, server and name; then tokens by id. */
export function accessChanges(before: Access, after: Access): AccessChange[] {
  return [
    ...pairs(before.access, after.access, (each) => JSON.stringify([each.agent, each.server, each.tool])).flatMap(
      ([was, is]) => toolChange(was, is),
    ),
    ...pairs(before.tokens, after.tokens, (each) => JSON.stringify([each.id, each.agent, each.sha256])).flatMap(
      ([was, is]) => tokenChange(was, is),
    ),
  ];
}

/** Whether something ends that the live policy allows: that goes before anything else changes. */
export function takesAway(changes: readonly AccessChange[]): boolean {
  return changes.some(
    (change) => change.effect === 'revoked' || (change.effect === 'constrained' && change.risk !== 'high'),
  );
}

function toolChange(was: AccessEntry | undefined, is: AccessEntry | undefined): AccessChange[] {
  const entry = is ?? was;
  if (!entry || was?.constraint === is?.constraint) return [];
  const { agent, server, tool } = entry;
  const about = { kind: 'tool', agent, server, tool, token: null } as const;
  if (!was) {
    const risk = isUnruled(entry.constraint) ? 'high' : 'medium';
    return [{ ...about, effect: 'granted', risk, text: `${agent} gains ${server}:${tool}` }];
  }
  if (!is) return [{ ...about, effect: 'revoked', risk: 'low', text: `${agent} loses ${server}:${tool}` }];
  const shift = shiftOf(was.constraint, is.constraint);
  return [{ ...about, effect: 'constrained', risk: RISK[shift], text: `${server}:${tool} is ${shift} for ${agent}` }];
}

function tokenChange(was: TokenAccess | undefined, is: TokenAccess | undefined): AccessChange[] {
  const entry = is ?? was;
  if (!entry || was?.expires === is?.expires) return [];
  const { agent, id } = entry;
  const about = { kind: 'token', agent, server: null, tool: null, token: id } as const;
  if (entry.issuer !== undefined) {
    const text = is ? `tokens of ${id} now stand for ${agent}` : `tokens of ${id} no longer stand for ${agent}`;
    return [{ ...about, token: null, effect: is ? 'granted' : 'revoked', risk: is ? 'high' : 'low', text }];
  }
  if (!was) {
    const until = entry.expires === null ? 'without expiry' : `until ${entry.expires}`;
    const risk = entry.expires === null ? 'high' : 'medium';
    return [{ ...about, effect: 'granted', risk, text: `new token ${id} for ${agent}, ${until}` }];
  }
  if (!is) return [{ ...about, effect: 'revoked', risk: 'low', text: `token ${id} of ${agent} is no longer accepted` }];
  const sooner = instant(is.expires) < instant(was.expires);
  const text = `token ${id} of ${agent} ${sooner ? 'ends sooner' : 'lasts longer'}: ${words(was.expires)} → ${words(is.expires)}`;
  return [{ ...about, effect: 'constrained', risk: sooner ? 'low' : 'high', text }];
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
