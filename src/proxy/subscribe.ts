/** resources/subscribe and resources/unsubscribe of the legacy versions: per session, decided as a read is. */
import { deny } from './denial.js';
import { entryOf, type Errand } from './exchange.js';
import { decideAbout, refuse } from './offered.js';
import { unstamped } from './own-meta.js';
import { Rpc, rpcError, rpcResult } from './reply.js';
import type { Message } from './scan.js';
import { notification } from './speak.js';
import { answerLine } from './splice.js';

/** URIs of one session. */
const MOST = 256;

export async function subscribe(errand: Errand, { uri }: Message, id: string): Promise<string | Buffer> {
  const { session, house, caller } = errand;
  const method = 'resources/subscribe';
  if (uri === null || !session) {
    await deny(errand, { method, reason: 'invalid_params' });
    return rpcError(id, Rpc.params, `${method} takes a uri`);
  }
  const decision = decideAbout(errand, { kind: 'resource', uri });
  if (decision.effect === 'deny') return refuse(errand, decision, method, uri, id);
  if (session.subscriptions.has(uri)) return rpcResult(id, '{}');
  const { server, generation, rule, image } = decision;
  if (session.subscriptions.size >= MOST) {
    await deny(errand, { method, server, generation, tool: uri, rule, reason: 'busy' });
    return rpcError(id, Rpc.internal, `No more than ${MOST} subscriptions in a session`);
  }
  const about = { method, server, generation, tool: uri, rule, image };
  let seq: number;
  try {
    seq = await house.audit.decide(entryOf(errand, { ...about, decision: 'allow', reason: 'granted' }));
  } catch {
    return rpcError(id, Rpc.internal, 'The audit log cannot be written, so nothing is forwarded');
  }
  const started = house.clock();
  const subscription = house.upstreams
    .find(server, generation)
    ?.subscribe({ agent: caller.agent, subject: caller.subject, session: session.id }, uri, (params) => {
      session.streams.notify(notification('notifications/resources/updated', unstamped(params)));
    });
  const outcome = (failed: string | null): void =>
    house.audit.outcome({
      seq,
      method,
      server,
      outcome: failed === null ? 'ok' : 'error',
      milliseconds: Math.round(house.clock() - started),
      bytes: 0,
      error: failed,
    });
  if (!subscription) {
    outcome('unavailable');
    return rpcError(id, Rpc.internal, 'Refused by toolcrib (unavailable): its server is not running');
  }
  session.subscriptions.set(uri, subscription);
  const forget = house.underway.begin({
    caller,
    allowed: ({ loaded }, now) => loaded.gives(caller.agent, server, { uri }, now),
    stop: () => unsubscribeFrom(errand, uri),
  });
  session.ending.push(forget);
  const answer = await subscription.answer;
  if (answer.kind === 'answer' && answer.key === 'result') {
    outcome(null);
    return rpcResult(id, '{}');
  }
  unsubscribeFrom(errand, uri);
  forget();
  outcome(answer.kind === 'answer' ? 'the server answered with an error' : answer.kind);
  if (answer.kind === 'answer') return answerLine(Buffer.from(id), 'error', answer.value);
  return rpcError(id, Rpc.internal, 'Its server did not take the subscription');
}

/** Needs no grant: it takes away what there is, or nothing. */
export function unsubscribe(errand: Errand, { uri }: Message, id: string): string {
  if (uri !== null) unsubscribeFrom(errand, uri);
  return rpcResult(id, '{}');
}

function unsubscribeFrom({ session }: Errand, uri: string): void {
  session?.subscriptions.get(uri)?.close();
  session?.subscriptions.delete(uri);
}
