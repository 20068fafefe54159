/**
 * Every method of MCP, in both directions, and what happens to it here. Nothing passes that is not in this table:
 * deny is the default for each message of either side.
 */
import type { Era } from '../upstream-port.js';

export type FromAgent =
  /** Answered by the proxy. */
  | 'initialize'
  | 'discover'
  | 'pong'
  | 'list'
  | 'set_log_level'
  | 'listen'
  /** Decided, then forwarded. */
  | 'call_tool'
  | 'get_prompt'
  | 'read_resource'
  | 'subscribe'
  | 'unsubscribe'
  | 'complete'
  /** Of a task that the agent has made: decided as its call was, then forwarded. */
  | 'ask_task'
  | 'list_tasks'
  /** Notifications. */
  | 'cancel'
  | 'roots_changed'
  /** Of a server's question, to that server. */
  | 'progress'
  | 'ignore'
  /** -32601, as if the server did not know it; a notification goes nowhere. */
  | 'refuse';

type PerEra<T> = Partial<Record<Era, T>>;

const both = <T>(action: T): PerEra<T> => ({ legacy: action, modern: action });
const legacy = <T>(action: T): PerEra<T> => ({ legacy: action });
const modern = <T>(action: T): PerEra<T> => ({ modern: action });

const fromAgent: Record<string, PerEra<FromAgent>> = {
  initialize: legacy('initialize'),
  ping: legacy('pong'),
  'server/discover': modern('discover'),
  'tools/list': both('list'),
  'tools/call': both('call_tool'),
  'prompts/list': both('list'),
  'prompts/get': both('get_prompt'),
  'resources/list': both('list'),
  'resources/templates/list': both('list'),
  'resources/read': both('read_resource'),
  'resources/subscribe': legacy('subscribe'),
  'resources/unsubscribe': legacy('unsubscribe'),
  'subscriptions/listen': modern('listen'),
  'completion/complete': both('complete'),
  'logging/setLevel': legacy('set_log_level'),
  'tasks/get': both('ask_task'),
  'tasks/result': legacy('ask_task'),
  'tasks/list': legacy('list_tasks'),
  'tasks/cancel': both('ask_task'),
  'tasks/update': modern('ask_task'),
  'notifications/initialized': legacy('ignore'),
  'notifications/cancelled': both('cancel'),
  'notifications/progress': legacy('progress'),
  'notifications/roots/list_changed': legacy('roots_changed'),
  'notifications/tasks/status': legacy('ignore'),
};

/** What a server must have declared to be asked this; null: nothing. Tools are always offered, be there none. */
export function capabilityOf(method: string): 'prompts' | 'resources' | 'completions' | 'logging' | null {
  if (method.startsWith('prompts/')) return 'prompts';
  if (method.startsWith('resources/')) return 'resources';
  if (method === 'completion/complete') return 'completions';
  return method === 'logging/setLevel' ? 'logging' : null;
}

export type FromServer =
  | 'pong'
  /** Lists are read and compared again. */
  | 'relist'
  /** To the call that it belongs to. */
  | 'progress'
  /** To whoever made that task. */
  | 'task_status'
  /** To those who subscribed. */
  | 'updated'
  /** A modern server's, of a subscription. */
  | 'acknowledged'
  /** To the call that it surely belongs to. */
  | 'to_call'
  /** Asked of that call's agent, as far as policy lets it. */
  | 'ask_agent'
  /** One of its own questions. */
  | 'take_back'
  | 'ignore'
  | 'refuse';

const fromServer: Record<string, FromServer> = {
  ping: 'pong',
  'sampling/createMessage': 'ask_agent',
  'elicitation/create': 'ask_agent',
  'roots/list': 'ask_agent',
  'tasks/get': 'refuse',
  'tasks/result': 'refuse',
  'tasks/list': 'refuse',
  'tasks/cancel': 'refuse',
  'notifications/tools/list_changed': 'relist',
  'notifications/prompts/list_changed': 'relist',
  'notifications/resources/list_changed': 'ignore',
  'notifications/resources/updated': 'updated',
  'notifications/message': 'to_call',
  'notifications/progress': 'progress',
  'notifications/cancelled': 'take_back',
  'notifications/elicitation/complete': 'to_call',
  'notifications/subscriptions/acknowledged': 'acknowledged',
  'notifications/tasks/status': 'task_status',
  'notifications/tasks': 'task_status',
};

/** What does not fit its form (a notification with an id, a call without one) is not in the table. */
export function methodFromAgent(method: string, hasId: boolean, era: Era): FromAgent {
  const found = fits(method, hasId) && Object.hasOwn(fromAgent, method) ? fromAgent[method]?.[era] : undefined;
  return found ?? 'refuse';
}

export function methodFromServer(method: string, hasId: boolean): FromServer {
  const found = fits(method, hasId) && Object.hasOwn(fromServer, method) ? fromServer[method] : undefined;
  return found ?? (hasId ? 'refuse' : 'ignore');
}

function fits(method: string, hasId: boolean): boolean {
  return method.startsWith('notifications/') !== hasId;
}
