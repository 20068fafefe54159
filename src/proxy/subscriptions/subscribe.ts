/** resources/subscribe and resources/unsubscribe of the legacy versions: per session, decided as a read is. */
import type { OfferAllowed } from '../../policy/decide-offer.js';
import type { Caller } from '../identity/authenticate.js';
import { deny } from '../calls/denial.js';
import { Ends } from '../message/ends.js';
import type { Errand } from '../exchange.js';
import { decideAbout, refuse } from '../calls/offered.js';
import { openSubscription } from './open-subscription.js';
import { unstamped } from '../servers/own-meta.js';
import { Rpc, rpcError, rpcResult } from '../message/reply.js';
import type { Message } from '../message/scan.js';
import type { Declined, Session } from '../sessions/sessions.js';
import { notification, UNASKED } from '../sessions/speak.js';
import { answerLine } from '../message/splice.js';
import type { Ongoing } from '../underway.js';
import { LOG_LEVELS } from '../upstream-port.js';

/** URIs of one session. */
const MOST = 256;

export async function subscribe(errand: Errand, { uri }: Message, id: string): Promise<string | Buffer> {
  const { session } = errand;
  const method = 'resources/subscribe';
  if (uri === null || !session) {
    await deny(errand, { method, reason: 'invalid_params' });
    return rpcError(id, Rpc.params, `${method} takes a uri`);
  }
  const decision = decideAbout(errand, { kind: 'resource', uri });
  if (decision.effect === 'deny') return refuse(errand, decision, method, uri, id);
  const { server, generation, rule } = decision;
  const full = !session.subscriptions.has(uri) && session.subscriptions.size >= MOST;
  if (session.ended || full) {
    const reason = full ? 'busy' : 'session_unknown';
    await deny(errand, { method, server, generation, tool: uri, rule, reason });
    return rpcError(id, Rpc.internal, full ? `No more than ${MOST} subscriptions in a session` : 'Session not found');
  }
  const { answer } = session.subscriptions.get(uri) ?? begin(errand, session, uri, decision);
  const declined = await answer;
  if (!declined) return rpcResult(id, '{}');
  const { why, error } = declined;
  return error ? answerLine(Buffer.from(id), 'error', error) : rpcError(id, Rpc.internal, why);
}

/** Needs no grant: it takes away what there is, or nothing. */
export function unsubscribe({ session }: Errand, { uri }: Message, id: string): string {
  if (uri !== null) session?.subscriptions.get(uri)?.ends.close();
  return rpcResult(id, '{}');
}

/** Known to the session before anything is waited for, so that whoever asks again is told of the same one. */
function begin(
  errand: Errand,
  session: Session,
  uri: string,
  decision: OfferAllowed,
): { answer: Promise<Declined | null> } {
  const { house, caller, exchange } = errand;
  const ends = new Ends();
  ends.add(house.underway.begin(ongoing(caller, decision.server, uri, ends)));
  ends.add(taking(session, uri));
  const here = exchange.onGone(ends.close);
  const answer = openSubscription(errand, uri, decision, ends, telling(session), losing(session, uri, ends)).then(
    (declined) => {
      here();
      if (declined) ends.close();
      return declined;
    },
  );
  session.subscriptions.set(uri, { answer, ends });
  return { answer };
}

// Made apart: each lives as long as the subscription, and would keep all that stands around it, the request's body too.

function ongoing(caller: Caller, server: string, uri: string, ends: Ends): Ongoing {
  return { caller, allowed: ({ loaded }, now) => loaded.gives(caller.agent, server, { uri }, now), stop: ends.close };
}

function taking({ subscriptions }: Session, uri: string): () => void {
  return () => void subscriptions.delete(uri);
}

/** No message of these versions says that a subscription is over: its agent is made to look again, and told why where it wants logs. */
function losing(session: Session, uri: string, ends: Ends): () => void {
  return () => {
    ends.close();
    session.streams.notify(notification('notifications/resources/updated', JSON.stringify({ uri })));
    const least = session.logLevel ?? UNASKED.legacy;
    if (LOG_LEVELS.indexOf(least) > LOG_LEVELS.indexOf('warning')) return;
    const data = {
      uri,
      message: 'Its server takes no subscription to this resource any more. Updates of it are not told.',
    };
    const params = { level: 'warning', logger: 'toolcrib', data };
    session.streams.notify(notification('notifications/message', JSON.stringify(params)));
  };
}

function telling({ streams }: Session): (params: Buffer) => void {
  return (params) => streams.notify(notification('notifications/resources/updated', unstamped(params)));
}
