/** One resource that an agent may hear of: signed for, subscribed to at its server, and its outcome signed for. */
import type { OutcomeEntry } from '../../audit/append.js';
import type { OfferAllowed } from '../../policy/decide-offer.js';
import type { Ends } from '../message/ends.js';
import { entryOf, type Errand, type House } from '../exchange.js';
import { textOf } from '../message/json-members.js';
import type { Declined } from '../sessions/sessions.js';
import type { UpstreamAnswer } from '../upstream-port.js';
import { sendsNowhere } from '../message/url-refusal.js';

/** What both lines of a subscription have. */
interface About {
  method: string;
  server: string;
  generation: number;
  tool: string;
  rule: string;
  image: string;
}

export const CANCELLED: UpstreamAnswer = { kind: 'cancelled' };

/**
 * @param ends what closes it, and has it closed where it comes too late.
 * @param lost called when its server, asked again, takes it no more: that is signed for.
 * @returns null: its server has taken it.
 */
export async function openSubscription(
  errand: Errand,
  uri: string,
  { server, generation, rule, image }: OfferAllowed,
  ends: Ends,
  updated: (params: Buffer) => void,
  lost: () => void,
): Promise<Declined | null> {
  const { house, caller, session } = errand;
  const method = 'resources/subscribe';
  const about = { method, server, generation, tool: uri, rule, image };
  let seq: number;
  try {
    seq = await house.audit.decide(entryOf(errand, { ...about, decision: 'allow', reason: 'granted' }));
  } catch {
    return declined('The audit log cannot be written, so nothing is forwarded');
  }
  const started = house.clock();
  const whose = { agent: caller.agent, subject: caller.subject, session: session?.id ?? null };
  const subscription = ends.over
    ? null
    : house.upstreams.find(server, generation)?.subscribe(whose, uri, {
        told: hearing(house, caller.agent, server, updated),
        declined: losing(errand, about, lost),
      });
  if (subscription) ends.add(subscription.close);
  const answer = subscription && (await Promise.race([subscription.answer, ends.closed.then(cancelled)]));
  house.audit.outcome({
    seq,
    method,
    server,
    milliseconds: Math.round(house.clock() - started),
    bytes: 0,
    ...outcomeOf(answer ?? null, ends.over),
  });
  if (ends.over) return declined('It was ended before its server had taken it');
  if (!answer) return declined('Refused by toolcrib (unavailable): its server is not running');
  if (answer.kind !== 'answer') return declined('Its server did not take the subscription');
  if (answer.key === 'result') return null;
  // A subscription gives its server no leave to ask anything.
  if (!sendsNowhere(answer.value)) return declined('Its server did not take the subscription');
  return { why: 'the server answered with an error', error: answer.value };
}

/** What lies below a subscribed resource is heard of as well, but not what is denied or granted to others alone. */
function hearing(house: House, agent: string, server: string, updated: (params: Buffer) => void) {
  return (params: Buffer): void => {
    const uri = textOf(params, 'uri');
    const enforced = house.enforced();
    if (uri !== null && enforced?.loaded.gives(agent, server, { uri }, house.now())) updated(params);
  };
}

/** Keeps nothing of the request. */
function losing({ house, enforced, endpoint, caller }: Errand, about: About, lost: () => void): () => void {
  const signed = { endpoint, caller };
  const policy = enforced;
  return () => {
    const entry = entryOf(
      { ...signed, enforced: house.enforced() ?? policy },
      { ...about, decision: 'deny', reason: 'renewal_declined', rule: 'default' },
    );
    house.audit.decide(entry).catch(() => 0); // the log reports its own trouble
    lost();
  };
}

/** @param over whether nobody waited for it any more. */
export function outcomeOf(answer: UpstreamAnswer | null, over: boolean): Pick<OutcomeEntry, 'outcome' | 'error'> {
  if (over) return { outcome: 'disconnected', error: null };
  if (!answer) return { outcome: 'error', error: 'unavailable' };
  if (answer.kind === 'refused') return { outcome: 'error', error: answer.reason };
  if (answer.kind === 'cancelled') return { outcome: 'error', error: answer.kind };
  if (answer.key === 'error') return { outcome: 'error', error: 'the server answered with an error' };
  return { outcome: 'ok', error: null };
}

function cancelled(): UpstreamAnswer {
  return CANCELLED;
}

function declined(why: string): Declined {
  return { why, error: null };
}
