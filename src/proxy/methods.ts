/**
 * Every method of MCP, in both directions, and what happens to it here. Nothing passes that is not in this table.
 * Later issues change entries from `refuse` to `forward`.
 */

export type FromAgent =
  /** Answered by the proxy. */
  | 'initialize'
  | 'pong'
  | 'list_tools'
  /** Decided, then forwarded. */
  | 'call_tool'
  /** Notifications. */
  | 'cancel'
  | 'ignore'
  /** -32601, as if the server did not know it. */
  | 'refuse';

const fromAgent: Record<string, FromAgent> = {
  initialize: 'initialize',
  ping: 'pong',
  'tools/list': 'list_tools',
  'tools/call': 'call_tool',
  'prompts/list': 'refuse',
  'prompts/get': 'refuse',
  'resources/list': 'refuse',
  'resources/templates/list': 'refuse',
  'resources/read': 'refuse',
  'resources/subscribe': 'refuse',
  'resources/unsubscribe': 'refuse',
  'completion/complete': 'refuse',
  'logging/setLevel': 'refuse',
  'tasks/get': 'refuse',
  'tasks/result': 'refuse',
  'tasks/list': 'refuse',
  'tasks/cancel': 'refuse',
  'server/discover': 'refuse',
  'subscriptions/listen': 'refuse',
  'notifications/initialized': 'ignore',
  'notifications/cancelled': 'cancel',
  'notifications/progress': 'ignore',
  'notifications/roots/list_changed': 'ignore',
  'notifications/tasks/status': 'ignore',
};

export type FromServer =
  | 'pong'
  /** Lists are read and compared again. */
  | 'relist'
  /** To the call that it belongs to. */
  | 'progress'
  /** To those who subscribed. */
  | 'updated'
  /** A modern server's, of a subscription. */
  | 'acknowledged'
  /** To the call that it surely belongs to. */
  | 'to_call'
  /** Asked of that call's agent, as far as policy lets it. */
  | 'ask_agent'
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
  'notifications/cancelled': 'ignore',
  'notifications/elicitation/complete': 'to_call',
  'notifications/subscriptions/acknowledged': 'acknowledged',
  'notifications/tasks/status': 'ignore',
};

/** What does not fit its form (a notification with an id, a call without one) is not in the table. */
export function methodFromAgent(method: string, hasId: boolean): FromAgent {
  return lookUp(fromAgent, method, hasId);
}

export function methodFromServer(method: string, hasId: boolean): FromServer {
  return lookUp(fromServer, method, hasId);
}

function lookUp<T extends string>(table: Record<string, T>, method: string, hasId: boolean): T | 'refuse' | 'ignore' {
  const otherwise = hasId ? 'refuse' : 'ignore';
  const fits = method.startsWith('notifications/') !== hasId;
  return fits && Object.hasOwn(table, method) ? (table[method] ?? otherwise) : otherwise;
}
