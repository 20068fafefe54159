/**
 * subscriptions/listen (MCP 2026-07-28, Subscriptions): a stream that stays open, of the changes that the agent asked
 * to hear and may hear, each stamped with the id of its request.
 */
import type { JsonObject } from '../../model/definitions.js';
import { declaresExtension } from '../../policy/task-support.js';
import type { Caller } from '../identity/authenticate.js';
import { deny } from '../calls/denial.js';
import { Ends } from '../message/ends.js';
import { entryOf, type Errand } from '../exchange.js';
import { acceptsEvents, event } from '../http/event-stream.js';
import { followTasks } from './follow-tasks.js';
import { withMembers, valueOf } from '../message/json-members.js';
import { announcedAs, type ListCapability } from '../message/lists.js';
import { decideAbout } from '../calls/offered.js';
import { openSubscription } from './open-subscription.js';
import { Rpc, rpcError } from '../message/reply.js';
import type { Message } from '../message/scan.js';
import { undeclaredTasks } from '../tasks/undeclared-tasks.js';
import type { Ongoing } from '../underway.js';

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
  // From here on whatever ends it is noticed: it may be taken away, or its agent go, while others are waited for.
  const ends = new Ends();
  ends.add(leave);
  const hears: Heard[] = [];
  ends.add(house.underway.begin(ongoing(caller, hears, ends)));
  try {
    await house.audit.decide(entryOf(errand, { method, decision: 'allow', reason: 'authenticated' }));
  } catch {
    ends.close();
    return rpcError(id, Rpc.internal, 'The audit log cannot be written');
  }
  if (ends.over) return rpcError(id, Rpc.internal, 'It was ended before it began');
  const current = { ...errand, enforced: house.enforced() ?? enforced };
  const offered = current.enforced.capabilities(caller.agent, endpoint);
  const honoured = Object.entries(LIST_FIELDS).filter(([field, kind]) => wanted[field] === true && offered[kind]);
  const kinds = new Set(honoured.map(([, kind]) => kind));

  const sink = exchange.stream({}, true);
  ends.add(() => sink.end());
  sink.onClose(ends.close);
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
  const hear = (updated: Buffer): void => tell('notifications/resources/updated', updated);
  const subscribed = await subscriptions(current, wanted['resourceSubscriptions'], { ends, hears, hear });
  const following = followTasks(current, wanted['taskIds'], ends, (state) => tell('notifications/tasks', state));
  const followed = await Promise.race([ends.closed, following]);
  if (!followed) return null;
  const agreed = {
    ...Object.fromEntries(honoured.map(([field]) => [field, true])),
    ...(followed.length > 0 && { taskIds: followed }),
    ...(subscribed.length > 0 && { resourceSubscriptions: subscribed }),
  };
  say('notifications/subscriptions/acknowledged', JSON.stringify({ notifications: agreed }));
  for (const each of early) each();
  early = null;
  ends.add(
    house.audience.join({
      agent: caller.agent,
      endpoint,
      changed: (changed) => {
        const told = new Set([...changed].map(announcedAs).filter((kind) => kinds.has(kind)));
        for (const kind of told) say(`notifications/${kind}/list_changed`, '{}');
      },
    }),
  );
  return null;
}

/** A resource that was decided on, whether or not its server has taken it yet. */
interface Heard {
  uri: string;
  server: string;
}

function ongoing(caller: Caller, hears: readonly Heard[], ends: Ends): Ongoing {
  return {
    caller,
    allowed: ({ loaded }, now) => hears.every(({ uri, server }) => loaded.gives(caller.agent, server, { uri }, now)),
    stop: ends.close,
    lasting: true,
  };
}

/** Those that may be read and whose servers take them; the others are left out of what is acknowledged. */
async function subscriptions(
  errand: Errand,
  uris: unknown,
  { ends, hears, hear }: { ends: Ends; hears: Heard[]; hear: (params: Buffer) => void },
): Promise<string[]> {
  if (!Array.isArray(uris)) return [];
  const asked = [...new Set(uris)].filter((uri): uri is string => typeof uri === 'string').slice(0, MOST_URIS);
  const made = asked.map(async (uri) => {
    const decision = decideAbout(errand, { kind: 'resource', uri });
    if (decision.effect === 'deny') {
      const { reason, rule, server } = decision;
      await deny(errand, { method: 'resources/subscribe', server, tool: uri, reason, rule });
      return null;
    }
    const heard = { uri, server: decision.server };
    hears.push(heard);
    const own = new Ends();
    ends.add(own.close);
    // Who listens anew is told what there still is.
    if (!(await openSubscription(errand, uri, decision, own, hear, ends.close))) return uri;
    own.close();
    hears.splice(hears.indexOf(heard), 1);
    return null;
  });
  return (await Promise.all(made)).filter((each) => each !== null);
}

function stamp(params: Buffer, id: string): Buffer {
  const meta = valueOf(params, '_meta');
  const stamped = withMembers(meta?.[0] === 0x7b ? meta : Buffer.from('{}'), { [SUBSCRIPTION]: id });
  return withMembers(params, { _meta: stamped });
}
