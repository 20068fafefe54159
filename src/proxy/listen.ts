/**
 * subscriptions/listen (MCP 2026-07-28, Subscriptions): a stream that stays open, of the changes that the agent asked
 * to hear and may hear, each stamped with the id of its request.
 */
import type { JsonObject } from '../model/definitions.js';
import { declaresExtension } from '../policy/task-support.js';
import { deny } from './denial.js';
import { entryOf, type Errand } from './exchange.js';
import { acceptsEvents, event } from './event-stream.js';
import { followTasks } from './follow-tasks.js';
import { withMembers, valueOf } from './json-members.js';
import { announcedAs, type ListCapability } from './lists.js';
import { decideAbout } from './offered.js';
import { Rpc, rpcError } from './reply.js';
import type { Message } from './scan.js';
import { undeclaredTasks } from './undeclared-tasks.js';
import type { Subscription } from './upstream-port.js';

const MOST_URIS = 256;
const MOST_EARLY = 256;
const LIST_FIELDS: Readonly<Record<string, ListCapability>> = {
  toolsListChanged: 'tools',
  promptsListChanged: 'prompts',
  resourcesListChanged: 'resources',
};
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** null: the stream is the answer. */
export async function listen(errand: Errand, message: Message, id: string): Promise<string | null> {
  const { exchange, house, caller, endpoint, bytes, enforced } = errand;
  const method = 'subscriptions/listen';
  const params = message.params && bytes.subarray(message.params.start, message.params.end);
  const filter = params && valueOf(params, 'notifications');
  if (filter?.[0] !== 0x7b || !acceptsEvents(exchange.headers.accept)) {
    await deny(errand, { method, reason: 'invalid_params' });
    return rpcError(id, Rpc.params, `${method} takes a filter of notifications, and is answered by text/event-stream`);
  }
  const wanted = JSON.parse(filter.toString('utf8')) as JsonObject;
  if (wanted['taskIds'] !== undefined && !declaresExtension(errand.asker.capabilities))
    return undeclaredTasks(errand, method, id);
  const leave = house.places.enter(caller.agent);
  if (!leave) {
    await deny(errand, { method, reason: 'too_many_streams' });
    errand.status = 429;
    return rpcError(id, Rpc.internal, 'Too many streams at once');
  }
  try {
    await house.audit.decide(entryOf(errand, { method, decision: 'allow', reason: 'authenticated' }));
  } catch {
    leave();
    return rpcError(id, Rpc.internal, 'The audit log cannot be written');
  }
  const offered = enforced.capabilities(caller.agent, endpoint);
  const honoured = Object.entries(LIST_FIELDS).filter(([field, kind]) => wanted[field] === true && offered[kind]);
  const kinds = new Set(honoured.map(([, kind]) => kind));

  const sink = exchange.stream({}, true);
  const ends: (() => void)[] = [leave];
  const end = (): void => {
    for (const each of ends.splice(0)) each();
  };
  const say = (what: string, told: Buffer | string): void => {
    const stamped = stamp(typeof told === 'string' ? Buffer.from(told) : told, id);
    sink.write(event(`{"jsonrpc":"2.0","method":"${what}","params":${stamped.toString('utf8')}}`, null));
  };
  // What is said before the acknowledgement comes after it.
  let early: (() => void)[] | null = [];
  const tell = (what: string, told: Buffer): void => {
    if (early === null) say(what, told);
    else if (early.length < MOST_EARLY) early.push(() => say(what, told));
  };
  const subscribed = await subscriptions(errand, wanted['resourceSubscriptions'], (updated) =>
    tell('notifications/resources/updated', updated),
  );
  const followed = await followTasks(errand, wanted['taskIds'], (state) => tell('notifications/tasks', state));
  ends.push(
    ...followed.map(({ stop }) => stop),
    ...subscribed.map(
      ({ subscription }) =>
        () =>
          subscription.close(),
    ),
  );
  const agreed = {
    ...Object.fromEntries(honoured.map(([field]) => [field, true])),
    ...(followed.length > 0 && { taskIds: followed.map(({ id: task }) => task) }),
    ...(subscribed.length > 0 && { resourceSubscriptions: subscribed.map(({ uri }) => uri) }),
  };
  say('notifications/subscriptions/acknowledged', JSON.stringify({ notifications: agreed }));
  for (const each of early) each();
  early = null;
  ends.push(
    house.audience.join({
      agent: caller.agent,
      endpoint,
      changed: (changed) => {
        const told = new Set([...changed].map(announcedAs).filter((kind) => kinds.has(kind)));
        for (const kind of told) say(`notifications/${kind}/list_changed`, '{}');
      },
    }),
    house.underway.begin({
      caller,
      allowed: ({ loaded }, now) =>
        subscribed.every(({ uri, server }) => loaded.gives(caller.agent, server, { uri }, now)),
      stop: () => sink.end(),
      lasting: true,
    }),
  );
  sink.onClose(end);
  return null;
}

/** Those that may be read and whose servers take them; the others are left out of what is acknowledged. */
async function subscriptions(
  errand: Errand,
  uris: unknown,
  updated: (params: Buffer) => void,
): Promise<{ uri: string; server: string; subscription: Subscription }[]> {
  if (!Array.isArray(uris)) return [];
  const asked = [...new Set(uris)].filter((uri): uri is string => typeof uri === 'string').slice(0, MOST_URIS);
  const { house, caller } = errand;
  const whose = { agent: caller.agent, subject: caller.subject, session: null };
  const made = asked.map(async (uri) => {
    const decision = decideAbout(errand, { kind: 'resource', uri });
    const method = 'resources/subscribe';
    if (decision.effect === 'deny') {
      const { reason, rule, server } = decision;
      await deny(errand, { method, server, tool: uri, reason, rule });
      return null;
    }
    const { server, generation, rule, image } = decision;
    const about = { method, server, generation, tool: uri, rule, image };
    try {
      await house.audit.decide(entryOf(errand, { ...about, decision: 'allow', reason: 'granted' }));
    } catch {
      return null;
    }
    const subscription = house.upstreams.find(server, generation)?.subscribe(whose, uri, updated);
    if (!subscription) return null;
    const answer = await subscription.answer;
    if (answer.kind === 'answer' && answer.key === 'result') return { uri, server, subscription };
    subscription.close();
    return null;
  });
  return (await Promise.all(made)).filter((each) => each !== null);
}

function stamp(params: Buffer, id: string): Buffer {
  const meta = valueOf(params, '_meta');
  const stamped = withMembers(meta?.[0] === 0x7b ? meta : Buffer.from('{}'), { [SUBSCRIPTION]: id });
  return withMembers(params, { _meta: stamped });
}
