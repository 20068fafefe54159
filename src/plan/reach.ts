/**
 * What servers reach and who reaches the proxy, besides tools: mounts, foreign networks, addresses that are listened
 * on. A declared change of it is a change of access, and is told beside who may use what; one that somebody made on
 * the engine has its line as drift.
 */
import type { AccessChange, AccessKind, Risk } from '../model/access.js';
import { kindOf, nameOf } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import { NOT_OURS } from './fields/attached.js';
import type { Change } from './plan.js';

interface Reach {
  kind: AccessKind;
  server: string | null;
  /** What is gained or lost, in words; the same words, the same reach. */
  what: string;
  risk: Risk;
  /** Why it is high; null: it is not. */
  reason: string | null;
}

const MEDIUM = { risk: 'medium', reason: null } as const;
const high = (reason: string): Pick<Reach, 'risk' | 'reason'> => ({ risk: 'high', reason });

/** In the order of the changes. */
export function reachChanges(changes: readonly Change[]): AccessChange[] {
  return changes.flatMap((change) => {
    const [was, is] = sidesOf(change);
    const lost = was.filter((each) => !is.some(({ what }) => what === each.what));
    const gained = is.filter((each) => !was.some(({ what }) => what === each.what));
    return [...lost.map((each) => told(each, 'revoked')), ...gained.map((each) => told(each, 'granted'))];
  });
}

function told({ kind, server, what, risk, reason }: Reach, effect: 'granted' | 'revoked'): AccessChange {
  const verb = effect === 'granted' ? 'gains' : 'loses';
  const about = { kind, agent: null, server, tool: null, token: null };
  const text = `${server === null ? 'the proxy' : `server ${server}`} ${verb} ${what}`;
  const weight = effect === 'granted' ? { risk, reason } : { risk: 'low' as const, reason: null };
  return { ...about, effect, ...weight, text };
}

function sidesOf(change: Change): [Reach[], Reach[]] {
  const { address, action, cause, fields } = change;
  const kind = kindOf(address);
  if (kind !== 'server' && address !== 'proxy') return [[], []];
  const read = (field: string, value: unknown): Reach[] =>
    kind === 'server' ? serverReach(nameOf(address), field, value) : proxyReach(field, value);
  // The whole of a resource is worked out for whoever asks: of what stays, nobody does.
  if (action === 'delete') return [cause === 'config' ? whatItHad(change.before, read) : [], []];
  const declared = fields.filter((field) => field.cause !== 'drift');
  return [
    declared.flatMap((each) => read(each.field, each.before)),
    declared.flatMap((each) => read(each.field, each.after)),
  ];
}

function whatItHad(state: JsonObject | null, read: (field: string, value: unknown) => Reach[]): Reach[] {
  const mounts = Object.entries((state?.mounts ?? {}) as JsonObject);
  return [
    ...mounts.flatMap(([target, mount]) => read(`mounts.${target}`, mount)),
    ...read('networks', state?.networks),
    ...REMOTE_FIELDS.flatMap((field) => read(field, state?.[field])),
  ];
}

function serverReach(server: string, field: string, value: unknown): Reach[] {
  if (field.startsWith('mounts.') && typeof value === 'string') {
    const writable = value.includes('(writable') && value.startsWith('bind ');
    // Whose the volume is tells drift from what was declared; it is the same reach.
    const what = `mount ${field.slice('mounts.'.length)}: ${value.replace(NOT_OURS, '')}`;
    return [{ kind: 'mount', server, what, ...(writable ? high('it writes to this host') : MEDIUM) }];
  }
  if (field === 'url' && typeof value === 'string')
    return [
      {
        kind: 'remote',
        server,
        what: `the remote address ${value}: calls to it leave this engine`,
        ...high('somebody else’s machine'),
      },
    ];
  if (field === 'private_addresses')
    return listed(value).map((block) => ({
      kind: 'remote',
      server,
      what: `${IN_OWN_NETWORK} ${block}`,
      ...high('hosts of the own network'),
    }));
  if (field === 'insecure' && value === true)
    return [{ kind: 'remote', server, what: UNENCRYPTED_CALLS, ...high('no TLS') }];
  if (field === 'ca' && typeof value === 'string')
    return [{ kind: 'remote', server, what: `trust in the authority ${value} alone`, ...MEDIUM }];
  if (field !== 'networks') return [];
  // Toolcrib's own networks lead to the proxy and nowhere else.
  const foreign = listed(value).filter((network) => !network.startsWith('toolcrib.'));
  return foreign.map((network) => ({
    kind: 'network',
    server,
    what: `network ${network}`,
    ...high('not this project’s network'),
  }));
}

/** Fields of a remote server, as its change has them. */
const REMOTE_FIELDS = ['url', 'private_addresses', 'insecure', 'ca'] as const;
const IN_OWN_NETWORK = 'leave to be called at private addresses:';
const UNENCRYPTED_CALLS = 'leave to be called without TLS (`insecure`): whoever is on the way reads calls and answers';

const UNENCRYPTED =
  'leave to be reached by other machines without TLS (`insecure`): whoever is on the way reads tokens and calls';

/** `7411/tcp on 127.0.0.1:7411`: on loopback only this host reaches it, which needs no telling. */
function proxyReach(field: string, value: unknown): Reach[] {
  if (field === 'env.TOOLCRIB_INSECURE' && value === 'true')
    return [{ kind: 'exposure', server: null, what: UNENCRYPTED, ...high('no TLS') }];
  if (field !== 'ports') return [];
  const open = listed(value)
    .map((port) => port.slice(port.indexOf(' on ') + ' on '.length))
    .filter((at) => !/^(127\.|\[?::1\]?:)/.test(at));
  return open.map((at) => ({
    kind: 'exposure',
    server: null,
    what: `a listener at ${at}, which other machines may reach`,
    ...high('reached from other machines'),
  }));
}

function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
