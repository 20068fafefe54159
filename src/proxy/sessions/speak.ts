/** The way back to an agent while its request is under way: what its server reports, and what it is asked. */
import { entryOf, type Errand } from '../exchange.js';
import { acceptsEvents } from '../http/event-stream.js';
import { valueOf, withMembers } from '../message/json-members.js';
import type { Dealing } from '../dealing.js';
import { whyNotAsk } from '../message/server-requests.js';
import { Talk, unnumbered } from './talk.js';
import { LOG_LEVELS, type Answering, type CallListener, type Era, type LogLevel } from '../upstream-port.js';

/** The first version whose streams begin with an empty event (2025-11-25, Transports, Sending Messages). */
const PRIMED_SINCE = '2025-11-25';
/**
 * From which level on they hear logs who never said one. Servers of the versions with sessions choose by themselves what to
 * send then (MCP 2025-11-25, Logging, Setting Log Level), and few of their clients ever say: what is more detailed is on
 * because another agent asked for it. Later ones hear nothing (MCP 2026-07-28, Logging).
 */
export const UNASKED = { legacy: 'info', modern: null } as const;
const ASKED_IS_OVER = 'notifications/elicitation/complete';

export const isPrimed = (version: string): boolean => version >= PRIMED_SINCE;

/** Begun when there is something to say; null: this agent hears nothing but answers. */
export function talkOf(errand: Errand): Talk | null {
  if (errand.talk) return errand.talk;
  const { exchange, session, asker, batch } = errand;
  if (batch || exchange.gone() || !acceptsEvents(exchange.headers.accept)) return null;
  const sink = exchange.stream({}, false);
  const numbered = session?.streams.open(sink, isPrimed(asker.version)) ?? null;
  errand.talk = new Talk(numbered ?? unnumbered(sink), numbered !== null);
  return errand.talk;
}

/** What an agent asked for and may hear; everything else that a server says in a call's course is dropped. */
export function notify({ asker }: Errand, say: (message: string) => void, method: string, params: Buffer): void {
  if (method === 'notifications/progress') {
    if (asker.progressToken !== null)
      say(notification(method, withMembers(params, { progressToken: asker.progressToken })));
  } else if (method === 'notifications/message') {
    const least = asker.logLevel ?? UNASKED[asker.era];
    if (least !== null && isAtLeast(params, least)) say(notification(method, params));
  } else if (method === ASKED_IS_OVER && asker.era === 'legacy') {
    say(notification(method, params));
  }
}

export function notification(method: string, params: Buffer | string): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${params.toString()}}`;
}

function isAtLeast(params: Buffer, level: LogLevel): boolean {
  const said = valueOf(params, 'level')?.toString('utf8') ?? '';
  const rank = LOG_LEVELS.findIndex((each) => `"${each}"` === said);
  return rank >= LOG_LEVELS.indexOf(level);
}

/** For a legacy agent, whose stream carries requests as well. */
export function listenerFor(errand: Errand, dealing: Dealing, from: Era): CallListener {
  return {
    notification: (method, params) => {
      // It tells of what was asked, so it needs the same grant.
      if (method === ASKED_IS_OVER && !dealing.serverRequests.includes('elicitation')) return;
      notify(errand, (message) => void talkOf(errand)?.send(message), method, params);
    },
    request: (method, params, answering) => {
      const why = mayAsk(errand, dealing, from, method, params);
      if (why === null) return askAgent(errand, dealing, { method, params }, answering);
      answering.reply({ error: DECLINED });
      return NOTHING_ASKED;
    },
  };
}

/** Decides, and signs for it. @returns as `whyNotAsk`. */
export function mayAsk(
  errand: Errand,
  {
    serverRequests,
    server,
    generation,
    name,
    rule,
  }: Pick<Dealing, 'serverRequests' | 'server' | 'generation' | 'name' | 'rule'>,
  from: Era,
  method: string,
  params: Buffer,
): ReturnType<typeof whyNotAsk> {
  const { asker, house } = errand;
  const why = whyNotAsk(method, params, {
    from,
    to: asker.era,
    granted: serverRequests,
    capabilities: asker.capabilities,
  });
  const about = { method, server, generation, tool: name };
  if (why === null) {
    const entry = entryOf(errand, { ...about, rule, decision: 'allow', reason: 'granted' });
    house.audit.decide(entry).catch(() => 0); // the log reports its own trouble
  } else house.strangers.refused(entryOf(errand, { ...about, decision: 'deny', reason: why }));
  return why;
}

/**
 * Over the stream of its own request; its answer comes with a request of its own.
 * @returns how to take it back.
 */
export function askAgent(
  errand: Errand,
  { server, generation, name }: Dealing,
  { method, params }: { method: string; params: Buffer },
  answering: Answering,
): () => void {
  const questions = errand.session?.questions;
  const talk = questions ? talkOf(errand) : null;
  const id = (talk && questions?.begin({ server, generation, tool: name }, answering)) ?? null;
  if (!questions || !talk || id === null) {
    answering.reply({ error: UNREACHABLE });
    return NOTHING_ASKED;
  }
  const told = asAgentIsAsked(params, answering.progress === null ? null : id).toString();
  const sent = talk.send(`{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${told}}`);
  if (sent) {
    return () => {
      if (questions.end(id)) talk.send(notification('notifications/cancelled', `{"requestId":${id}}`));
    };
  }
  questions.answer(id, { error: UNREACHABLE });
  return NOTHING_ASKED;
}

/**
 * Its progress is told under a token of ours, or not at all. No server is told that agents make tasks of what it asks: they
 * answer at once (MCP 2025-11-25, Task Support).
 */
function asAgentIsAsked(params: Buffer, token: string | null): Buffer {
  const meta = valueOf(params, '_meta');
  const tokened = meta && valueOf(meta, 'progressToken') !== null;
  if (!tokened && valueOf(params, 'task') === null) return params;
  return withMembers(params, { ...(tokened && { _meta: withMembers(meta, { progressToken: token }) }), task: null });
}

export const NOTHING_ASKED = (): void => undefined;

export const DECLINED = Buffer.from('{"code":-32601,"message":"Method not found"}');
const UNREACHABLE = Buffer.from('{"code":-32603,"message":"The agent cannot be reached"}');
