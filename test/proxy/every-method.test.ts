/**
 * Every method of MCP in every pairing of generations and transports, with a grant and without: what reaches the server,
 * to the member; what the agent gets and hears; and what the audit says. Peers are written by hand and write everything
 * down, so that a cell without a grant proves that nothing at all came through.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import { isObject, type Json, type JsonObject } from '../../src/model/definitions.js';
import type { Era } from '../../src/mcp/wire.js';
import type { Sharing } from '../../src/model/transport.js';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import type { Peer } from '../wire/peers.js';
import type { Behaviour } from './fake-bridge.js';
import { ANSWERS, RawAgent, wordOf } from './raw-agent.js';
import {
  LegacyRecording,
  modernOverStdio,
  ModernRecording,
  offers,
  overHttp,
  overStdio,
  QUESTIONS,
  STATE,
  STRAYS,
  TOOLS,
} from './recording-servers.js';
import { serveRemote } from './remote.js';
import { grant, until, World } from './world.js';

/** In the order in which lists show them. By transport and generation: stdio or HTTP, of those with sessions and without. */
const SERVERS = ['old', 'new', 'pipe', 'line'] as const;
type Server = (typeof SERVERS)[number];
const OF: Readonly<Record<Server, Era>> = { old: 'legacy', new: 'modern', pipe: 'legacy', line: 'modern' };
const PAIRINGS = (['legacy', 'modern'] as Era[]).flatMap((era) => SERVERS.map((server) => [era, server] as const));
/** May call what asks, and be asked nothing; may do nothing at all. */
type Who = 'bot' | 'bare' | 'none';

const world = new World({ servers: {}, agents: {} });
const recordings = {
  pipe: new LegacyRecording(offers('pipe', false)),
  old: new LegacyRecording(offers('old', false)),
  new: new ModernRecording(offers('new', true)),
  line: new ModernRecording(offers('line', true)),
};
const peers: Peer[] = [];
const tokens: Record<string, string> = {};
let fence!: RawAgent;

beforeAll(async () => {
  const { pipe, old, new: modern, line } = recordings;
  peers.push(await overHttp(old), await modern.serve());
  const [first, second] = peers;
  serveRemote(world.policy, 'old', first?.url ?? '', old.defined, 'session');
  serveRemote(world.policy, 'new', second?.url ?? '', modern.defined);
  serveStdio('pipe', 'session', overStdio(pipe));
  // What it asks stands in its answers, so that many can share one.
  serveStdio('line', 'shared', modernOverStdio(line));
  const all = (more: Partial<PolicyGrant>, tools: string[]) => SERVERS.map((name) => grant(name, tools, more));
  const everything = (name: string): Partial<PolicyGrant> => ({
    prompts: ['greet'],
    resources: [`${name}://**`],
    serverRequests: ['elicitation', 'roots', 'sampling'],
  });
  const bot = SERVERS.map((name) => grant(name, TOOLS, { ...everything(name), rule: `bot.${name}` }));
  world.policy.agents = {
    bot: { grants: bot },
    bare: { grants: all({ rule: 'bare' }, [...Object.keys(QUESTIONS), 'stray', 'take_back', 'first_visit']) },
    none: { grants: [] },
    fence: { grants: all({ rule: 'fence' }, ['echo']) },
  };
  tokens['fence'] = world.token('fence');
  // Tasks are their token's: each pairing has tokens of its own.
  for (const [era, server] of PAIRINGS)
    for (const who of ['bot', 'bare', 'none']) tokens[`${who} ${era} ${server}`] = world.token(who);
  await world.start();
  await until(
    () =>
      Object.values(world.ack()?.generations ?? {}).filter(({ state }) => state === 'ready').length === SERVERS.length,
  );
  fence = await RawAgent.open(world, 'legacy', tokens['fence'] ?? '');
});
function serveStdio(name: 'pipe' | 'line', instances: Sharing, behave: Behaviour): void {
  const { defined, tools } = recordings[name];
  const definitions = digestOf({ ...defined });
  world.policy.definitions[definitions] = defined;
  const generation = { definitions, tools: toolHashes(defined).tools, image: 'sha256:i', replicas: 1, instances };
  world.policy.servers[name] = {
    toolbox: 'engineering',
    prefix: name,
    generations: { '1': { ...generation, transport: { type: 'stdio' } } },
    serving: 1,
  };
  world.bridge.servers.set(name, { tools, behave });
}

afterAll(async () => {
  fence.close();
  await world.stop();
  for (const peer of peers) await peer.close();
});

interface Cell {
  agent: RawAgent;
  /** The agent's. */
  era: Era;
  server: Server;
  of: Era;
  equals: boolean;
  granted: boolean;
  /** Name of a tool or prompt as the agent knows it. */
  named: (name: string) => string;
  /** Begins its resources. */
  uri: (path: string) => string;
}

/** Method, params, and what of `_meta` is not the same in every request; an answer has its result or error code. */
type Sent = [string, Json, JsonObject?];

interface Told {
  gets: unknown;
  reaches?: Sent[];
  /** `decision method tool reason`, of this agent; and of nobody, where that server asks. */
  audit: string[];
}

interface Row {
  what: string;
  /** Who tries it without a grant of it. */
  without: Exclude<Who, 'bot'>;
  /** Left out: everywhere. */
  where?: (of: Era) => boolean;
  does: (cell: Cell) => Promise<unknown>;
  granted: (cell: Cell) => Told;
  denied: (cell: Cell) => Told;
}

const brief = ({ result, error, status }: JsonObject): unknown => {
  if (isObject(error)) return [status, error['code'], error['message']];
  if (!isObject(result)) return status;
  const { resultType: _, ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
  return rest;
};
/** What the tool said, or why there is nothing. */
const said = (answer: JsonObject): unknown => {
  const { result } = answer;
  if (!isObject(result) || !Array.isArray(result['content'])) return brief(answer);
  const [first] = result['content'] as JsonObject[];
  const text = wordOf(first?.['text']);
  return /^Refused by toolcrib \((\w+)\)/.exec(text)?.[1] ?? (JSON.parse(text) as Json);
};
const told = (messages: readonly JsonObject[]): unknown[] => {
  const all = messages.map(({ method, params }) => JSON.stringify([method, params]));
  return [...new Set(all)].map((text) => JSON.parse(text) as unknown);
};
const listed = (answer: JsonObject): unknown =>
  isObject(answer['result']) ? Object.values(answer['result']).find((each) => Array.isArray(each)) : brief(answer);

function rendered(message: JsonObject, all: readonly JsonObject[]): Sent {
  const { method, result, error, params } = message;
  if (typeof method !== 'string') return ['answer', result ?? (isObject(error) ? (error['code'] ?? null) : null)];
  const { _meta, requestId, reason: _, ...rest } = isObject(params) ? params : {};
  const meta: JsonObject = {};
  for (const [key, value] of Object.entries(isObject(_meta) ? _meta : {})) {
    const short = key.replace('io.modelcontextprotocol/', '');
    if (short === 'clientCapabilities') meta['can'] = Object.keys(value as JsonObject).sort();
    else if (key === 'progressToken') meta[key] = '#';
    else if (short !== 'protocolVersion' && short !== 'clientInfo') meta[short] = value;
  }
  if (requestId === undefined) return [method, rest, meta];
  const known = all.some(({ id, method: one }) => one !== undefined && id === requestId);
  return [method, { ...rest, requestId: known ? 'the call' : requestId }, meta];
}

/** What reaches the server of a request: a modern one is told with each what its agent can do, as far as policy lets it. */
function sent({ of, era, granted }: Cell, method: string, params: JsonObject, meta: JsonObject = {}): Sent {
  if (of === 'legacy') return [method, params, meta];
  const asks = !granted ? [] : era === 'modern' ? ['elicitation', 'roots', 'sampling'] : ['elicitation'];
  const tasks = era === 'modern' && /^(?:tools\/call|tasks)/.test(method) ? ['extensions'] : [];
  return [method, params, { ...meta, can: [...asks, ...tasks].sort() }];
}
const callOf = (cell: Cell, name: string, more: JsonObject = {}, meta: JsonObject = {}): Sent =>
  sent(cell, 'tools/call', { name, arguments: {}, ...more }, meta);

const MORE: JsonObject = { 'acme/x': { n: 1 } };
const call = ({ agent, named }: Cell, tool: string, more: JsonObject = {}): Promise<JsonObject> =>
  agent.ask('tools/call', { name: named(tool), arguments: {}, ...more });

const NO_TASKS = 'Refused by toolcrib (task_not_supported): this tool cannot be called as a task';
const NEVER_SAID = [
  ...['notifications/acme', 'notifications/progress', 'notifications/message', 'notifications/tasks/status'],
  ...['notifications/resources/updated', 'notifications/tools/list_changed', 'tools/call'],
];
const NEVER_ASKED = [
  ...['acme/do', 'sampling/createMessage', 'elicitation/create', 'roots/list', 'notifications/cancelled'],
  ...['logging/getLevel', 'tools/calls', 'Tools/call'],
];
const VISIT = QUESTIONS['visit']?.params ?? {};

const UNKNOWN_TOOL = [200, -32602, 'Unknown tool'];
const noMethod = ({ era }: Pick<Cell, 'era'>): unknown => [era === 'modern' ? 404 : 200, -32601, 'Method not found'];
const allowed = (method: string, what: string): string => `allow ${method} ${what} granted`;
const missing = (...methods: string[]): string[] => methods.map((method) => `deny ${method} method_not_found`);
const noTool = ({ named }: Cell, name: string): string => `deny tools/call ${named(name)} not_granted`;
const CANCELLED: Sent = ['notifications/cancelled', { requestId: 'the call' }, {}];
const STAMP = { 'io.modelcontextprotocol/subscriptionId': 1 };
/** The agent's own request, where it is one of its version. */
const inEra = <T>({ era }: Cell, own: Era, value: T): T[] => (era === own ? [value] : []);

const ROWS: Row[] = [
  {
    what: 'tools/list, by whatever cursor',
    without: 'none',
    does: async ({ agent }) => {
      const pages = [await agent.ask('tools/list'), await agent.ask('tools/list', { cursor: 'x' })];
      return pages.map((page) => (listed(page) as unknown[]).length);
    },
    granted: () => ({ gets: [SERVERS.length * TOOLS.length, SERVERS.length * TOOLS.length], audit: [] }),
    denied: () => ({ gets: [0, 0], audit: [] }),
  },
  {
    what: 'tools/call',
    without: 'none',
    does: async (cell) => said(await call(cell, 'echo', { arguments: { a: 1 }, _meta: MORE })),
    granted: (cell) => ({
      gets: { a: 1 },
      reaches: [callOf(cell, 'echo', { arguments: { a: 1 } }, MORE)],
      audit: [allowed('tools/call', 'echo')],
    }),
    denied: (cell) => ({ gets: UNKNOWN_TOOL, audit: [noTool(cell, 'echo')] }),
  },
  {
    what: 'progress of a call',
    without: 'none',
    does: async (cell) => {
      await call(cell, 'report', { _meta: { progressToken: 'mine' } });
      return told(cell.agent.heard);
    },
    granted: (cell) => ({
      gets: [
        ['notifications/progress', { progressToken: 'mine', progress: 1, total: 2, vendor: true }],
        ...(cell.era === 'legacy' && cell.server !== 'line'
          ? [['notifications/message', { level: 'warning', logger: 'l', data: { said: 'warning' } }]]
          : []),
      ],
      reaches: [callOf(cell, 'report', {}, { progressToken: '#' })],
      audit: [allowed('tools/call', 'report')],
    }),
    denied: (cell) => ({ gets: [], audit: [noTool(cell, 'report')] }),
  },
  {
    what: 'logging, from a level on; older agents that never said one hear what is not of detail',
    without: 'none',
    does: async (cell) => {
      const { agent, era } = cell;
      await call(cell, 'report');
      const before = agent.heard.length;
      const set = era === 'legacy' ? brief(await agent.ask('logging/setLevel', { level: 'debug' })) : null;
      agent.logLevel = 'debug';
      await call(cell, 'report');
      return [set, before, agent.heard.map(({ method, params }) => [method, (params as JsonObject)['level']])];
    },
    granted: (cell) => ({
      gets: [
        cell.era === 'legacy' ? {} : null,
        cell.era === 'legacy' && cell.server !== 'line' ? 1 : 0,
        // Whose the logs of a server are that many share cannot be told over stdio.
        cell.server === 'line'
          ? []
          : [...(cell.era === 'legacy' ? ['warning'] : []), 'debug', 'warning'].map((level) => [
              'notifications/message',
              level,
            ]),
      ],
      reaches: [
        callOf(cell, 'report'),
        ...(cell.of === 'legacy' ? [['logging/setLevel', { level: 'debug' }, {}] as Sent] : []),
        callOf(cell, 'report', {}, cell.of === 'modern' ? { logLevel: 'debug' } : {}),
      ],
      audit: [allowed('tools/call', 'report'), allowed('tools/call', 'report')],
    }),
    denied: (cell) => ({
      gets: [cell.era === 'legacy' ? noMethod(cell) : null, 0, []],
      audit: [
        noTool(cell, 'report'),
        ...(cell.era === 'legacy' ? missing('logging/setLevel') : []),
        noTool(cell, 'report'),
      ],
    }),
  },
  {
    what: 'cancellation of a call',
    without: 'none',
    does: async ({ agent, server, granted, era, named }) => {
      const recording = recordings[server];
      const before = recording.asked.length;
      const { closed } = recordings.new;
      const begun = agent.begin('tools/call', { name: named('wait'), arguments: {} });
      const answer = begun.answer.then(brief, () => 'gone');
      if (granted) await until(() => recording.asked.length > before);
      if (era === 'legacy') await agent.notify('notifications/cancelled', { requestId: begun.id, reason: 'enough' });
      else if (granted) begun.leave();
      if (granted && server === 'new') await until(() => recordings.new.closed > closed);
      return answer;
    },
    granted: (cell) => ({
      gets: cell.era === 'legacy' ? [200, -32800, 'Request cancelled'] : 'gone',
      reaches: [
        callOf(cell, 'wait'),
        // A modern server learns it by the end of its stream, where it has one.
        ...(cell.server === 'new' ? [] : [CANCELLED]),
      ],
      audit: [allowed('tools/call', 'wait')],
    }),
    denied: (cell) => ({ gets: UNKNOWN_TOOL, audit: [noTool(cell, 'wait')] }),
  },
  {
    what: 'prompts/list, prompts/get',
    without: 'bare',
    does: async ({ agent, named }) => [
      listed(await agent.ask('prompts/list')),
      brief(await agent.ask('prompts/get', { name: named('greet'), arguments: { who: 'a' }, _meta: MORE })),
    ],
    granted: (cell) => ({
      gets: [
        SERVERS.map((name) => ({ name: `${name}__greet`, arguments: [{ name: 'who' }] })),
        { messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }] },
      ],
      reaches: [sent(cell, 'prompts/get', { name: 'greet', arguments: { who: 'a' } }, MORE)],
      audit: [allowed('prompts/get', 'greet')],
    }),
    denied: (cell) => ({ gets: [noMethod(cell), noMethod(cell)], audit: missing('prompts/list', 'prompts/get') }),
  },
  {
    what: 'completion/complete, of what is granted beside what is not',
    without: 'bare',
    does: async ({ agent, named, uri }) => {
      const argument = { name: 'n', value: 'a' };
      const ref = { type: 'ref/prompt', name: named('greet') };
      const secret = { type: 'ref/prompt', name: 'secret' };
      const all: unknown[] = [];
      for (const params of [
        { Ref: secret, ref, argument },
        { ref: { ...ref, Name: 'secret' }, argument },
        { ref: { type: 'ref/resource', uri: uri('page/{n}'), URI: uri('{n}') }, argument },
      ])
        all.push(brief(await agent.ask('completion/complete', params)));
      return all;
    },
    granted: () => ({
      gets: [1, 2, 3].map(() => [200, -32602, 'completion/complete takes a ref and an argument']),
      audit: [1, 2, 3].map(() => 'deny completion/complete invalid_params'),
    }),
    denied: (cell) => ({
      gets: [1, 2, 3].map(() => noMethod(cell)),
      audit: missing('completion/complete', 'completion/complete', 'completion/complete'),
    }),
  },
  {
    what: 'completion/complete, of prompts and templates',
    without: 'bare',
    does: async ({ agent, named, uri }) => {
      const prompt = { type: 'ref/prompt', name: named('greet') };
      const all: unknown[] = [];
      for (const ref of [prompt, { type: 'ref/resource', uri: uri('page/{n}') }])
        all.push(
          brief(await agent.ask('completion/complete', { ref, argument: { name: 'n', value: 'a' }, _meta: MORE })),
        );
      return all;
    },
    granted: (cell) => {
      const template = cell.uri('page/{n}');
      const refs = [
        { type: 'ref/prompt', name: 'greet' },
        { type: 'ref/resource', uri: template },
      ];
      return {
        gets: refs.map(() => ({ completion: { values: ['ada'] } })),
        reaches: refs.map((ref) =>
          sent(cell, 'completion/complete', { ref, argument: { name: 'n', value: 'a' } }, MORE),
        ),
        audit: ['greet', template].map((what) => allowed('completion/complete', what)),
      };
    },
    denied: (cell) => ({
      gets: [noMethod(cell), noMethod(cell)],
      audit: missing('completion/complete', 'completion/complete'),
    }),
  },
  {
    what: 'resources/list, templates/list, read',
    without: 'bare',
    does: async ({ agent, uri }) => {
      const lists = [listed(await agent.ask('resources/list')), listed(await agent.ask('resources/templates/list'))];
      const read = (path: string) => agent.ask('resources/read', { uri: uri(path), _meta: MORE });
      return [...lists, brief(await read('one')), brief(await read('page/7'))];
    },
    granted: (cell) => {
      const uris = [cell.uri('one'), cell.uri('page/7')];
      return {
        gets: [
          SERVERS.map((name) => ({ uri: `${name}://one`, name: 'one' })),
          SERVERS.map((name) => ({ uriTemplate: `${name}://page/{n}`, name: 'page' })),
          ...uris.map((uri) => ({ contents: [{ uri, text: 'read' }] })),
        ],
        reaches: uris.map((uri) => sent(cell, 'resources/read', { uri }, MORE)),
        audit: uris.map((uri) => allowed('resources/read', uri)),
      };
    },
    denied: (cell) => ({
      gets: [1, 2, 3, 4].map(() => noMethod(cell)),
      audit: missing('resources/list', 'resources/templates/list', 'resources/read', 'resources/read'),
    }),
  },
  {
    what: 'a subscription, from its beginning to its end',
    without: 'bare',
    does: async ({ agent, uri, server, era, granted }) => {
      const recording = recordings[server];
      const update = (): boolean => {
        recording.say('notifications/resources/updated', { uri: uri('one'), vendor: 1 });
        return agent.heard.some(({ method }) => method === 'notifications/resources/updated');
      };
      const heard = (): unknown => (granted ? until(update) : update());
      if (era === 'modern') {
        const notifications = { resourceSubscriptions: [uri('one')] };
        const listening = agent.begin('subscriptions/listen', { notifications });
        const over = listening.answer.catch(() => null);
        await until(() => agent.heard.length > 0);
        await heard();
        listening.leave();
        await over;
        return told(agent.heard);
      }
      await agent.plain('GET');
      const subscribed = brief(await agent.ask('resources/subscribe', { uri: uri('one') }));
      await heard();
      return [subscribed, brief(await agent.ask('resources/unsubscribe', { uri: uri('one') })), told(agent.heard)];
    },
    granted: (cell) => {
      const { era, of } = cell;
      const uri = cell.uri('one');
      const updated = { uri, vendor: 1, ...(era === 'modern' && { _meta: STAMP }) };
      const lists = { toolsListChanged: true, promptsListChanged: true };
      // A listen is the proxy's own, and offers nobody's answers where many share a stdio.
      const can = cell.server === 'line' ? [] : ['elicitation', 'roots', 'sampling'];
      return {
        gets:
          era === 'legacy'
            ? [{}, {}, [['notifications/resources/updated', updated]]]
            : [
                [
                  'notifications/subscriptions/acknowledged',
                  { notifications: { resourceSubscriptions: [uri] }, _meta: STAMP },
                ],
                ['notifications/resources/updated', updated],
              ],
        reaches:
          of === 'legacy'
            ? [
                ['resources/subscribe', { uri }, {}],
                ['resources/unsubscribe', { uri }, {}],
              ]
            : [{ ...lists, resourceSubscriptions: [uri] }, lists].flatMap((notifications): Sent[] => [
                ['subscriptions/listen', { notifications }, { can }],
                // The one before it is needed no more.
                ...(cell.server === 'line' ? [CANCELLED] : []),
              ]),
        audit: [
          ...inEra(cell, 'modern', 'allow subscriptions/listen authenticated'),
          allowed('resources/subscribe', uri),
        ],
      };
    },
    denied: (cell) =>
      cell.era === 'legacy'
        ? {
            gets: [noMethod(cell), noMethod(cell), []],
            audit: missing('resources/subscribe', 'resources/unsubscribe'),
          }
        : {
            gets: [['notifications/subscriptions/acknowledged', { notifications: {}, _meta: STAMP }]],
            audit: [
              'allow subscriptions/listen authenticated',
              `deny resources/subscribe ${cell.uri('one')} not_granted`,
            ],
          },
  },
  {
    what: 'list_changed',
    without: 'none',
    does: async (cell) => {
      const { agent, server, era, granted } = cell;
      const recording = recordings[server];
      const wanted = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
      if (era === 'legacy') await agent.plain('GET');
      else agent.begin('subscriptions/listen', { notifications: wanted }).answer.catch(() => null);
      if (era === 'modern') await until(() => agent.heard.length > 0);
      if (granted) await call(cell, 'echo'); // somebody's instance is there to speak
      const changes = (): number =>
        agent.heard.filter(({ method }) => method === 'notifications/tools/list_changed').length;
      const has = async (): Promise<boolean> =>
        JSON.stringify(await agent.ask('tools/list')).includes(`${server}__comes_and_goes`);
      const whole = recording.tools;
      const shows = [await has()];
      for (const [i, tools] of [whole.filter(({ name }) => name !== 'comes_and_goes'), whole].entries()) {
        recording.tools = tools;
        recording.say('notifications/tools/list_changed');
        if (granted) await until(() => changes() === i + 1);
        shows.push(await has());
      }
      recording.say('notifications/resources/list_changed');
      return [shows, told(agent.heard)];
    },
    granted: (cell) => ({
      gets: [
        [true, false, true],
        cell.era === 'legacy'
          ? [['notifications/tools/list_changed', null]]
          : [
              [
                'notifications/subscriptions/acknowledged',
                {
                  notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
                  _meta: STAMP,
                },
              ],
              ['notifications/tools/list_changed', { _meta: STAMP }],
            ],
      ],
      reaches: [callOf(cell, 'echo')],
      audit: [...inEra(cell, 'modern', 'allow subscriptions/listen authenticated'), allowed('tools/call', 'echo')],
    }),
    denied: (cell) => ({
      gets: [
        [false, false, false],
        inEra(cell, 'modern', [
          'notifications/subscriptions/acknowledged',
          { notifications: { toolsListChanged: true }, _meta: STAMP },
        ]),
      ],
      audit: inEra(cell, 'modern', 'allow subscriptions/listen authenticated'),
    }),
  },
  {
    what: 'ping, from either side',
    without: 'none',
    does: async (cell) => [brief(await cell.agent.ask('ping')), said(await call(cell, 'ping'))],
    granted: (cell) => ({
      gets: [cell.era === 'legacy' ? {} : noMethod(cell), cell.of === 'legacy' ? { result: {} } : {}],
      reaches: [callOf(cell, 'ping'), ...(cell.of === 'legacy' ? [['answer', {}] as Sent] : [])],
      audit: [
        ...(cell.era === 'modern' ? missing('ping') : []),
        allowed('tools/call', 'ping'),
        ...(cell.of === 'modern' ? ['deny ping unknown_request'] : []),
      ],
    }),
    denied: (cell) => ({
      gets: [cell.era === 'legacy' ? {} : noMethod(cell), UNKNOWN_TOOL],
      audit: [...(cell.era === 'modern' ? missing('ping') : []), noTool(cell, 'ping')],
    }),
  },
  {
    what: 'GET and DELETE',
    without: 'none',
    does: async (cell) => {
      const { agent, era } = cell;
      if (cell.granted) await call(cell, 'echo');
      const opened = await agent.plain('GET');
      const removed = await agent.plain('DELETE');
      await opened.over;
      const after = era === 'legacy' ? (await agent.ask('tools/list'))['status'] : null;
      return [opened.status, removed.status, after, (await agent.plain('DELETE')).status];
    },
    granted: (cell) => ({
      gets: cell.era === 'legacy' ? [200, 204, 404, 404] : [405, 405, null, 405],
      reaches: [
        callOf(cell, 'echo'),
        // The server's own session ends with the one that it was for.
        ...(cell.era === 'legacy' && cell.server === 'old' ? [['DELETE', {}, {}] as Sent] : []),
      ],
      audit: [
        allowed('tools/call', 'echo'),
        ...(cell.era === 'legacy' ? ['deny tools/list session_unknown', 'deny DELETE session_unknown'] : []),
      ],
    }),
    denied: (cell) => ({
      gets: cell.era === 'legacy' ? [200, 204, 404, 404] : [405, 405, null, 405],
      audit: cell.era === 'legacy' ? ['deny tools/list session_unknown', 'deny DELETE session_unknown'] : [],
    }),
  },
  ...Object.entries(QUESTIONS).map(([name, { method, params }]): Row => ({
    what: `what a server asks: ${name}`,
    without: 'bare',
    does: async (cell) => [said(await call(cell, name)), cell.agent.asked, told(cell.agent.heard)],
    granted: (cell) => {
      const crosses = cell.equals || method === 'elicitation/create';
      const answer = ANSWERS[method] ?? {};
      const { elicitationId: _, ...modernly } = params;
      const over = ['notifications/elicitation/complete', { elicitationId: 'e1' }];
      const asked = { method, params: cell.era === cell.of && cell.of === 'legacy' ? params : modernly };
      const again = { inputResponses: { q: answer }, requestState: STATE };
      const verdict = crosses ? `allow ${method} ${name} granted` : `deny ${method} ${name} not_between_versions`;
      const refusal = cell.of === 'legacy' ? { error: -32601 } : 'server_bad_output';
      const replied: Sent = cell.of === 'legacy' ? ['answer', crosses ? answer : -32601] : callOf(cell, name, again);
      return {
        gets: [
          crosses ? { result: answer } : refusal,
          crosses ? [asked] : [],
          name === 'visit' && cell.era === 'legacy' && cell.of === 'legacy' ? [over] : [],
        ],
        reaches: [callOf(cell, name), ...(crosses || cell.of === 'legacy' ? [replied] : [])],
        audit: [
          allowed('tools/call', name),
          verdict,
          // A modern agent brings its answer with the call once more.
          ...(crosses ? inEra(cell, 'modern', allowed('tools/call', name)) : []),
        ],
      };
    },
    denied: (cell) => ({
      gets: [cell.of === 'legacy' ? { error: -32601 } : 'server_bad_output', [], []],
      reaches: [callOf(cell, name), ...(cell.of === 'legacy' ? [['answer', -32601] as Sent] : [])],
      audit: [allowed('tools/call', name), `deny ${method} ${name} not_granted`],
    }),
  })),
  {
    what: 'a URL that is to be visited first',
    without: 'bare',
    where: (of) => of === 'legacy',
    does: async (cell) => {
      cell.agent.silent = true;
      const { error, result } = await call(cell, 'first_visit');
      return error ?? (result as JsonObject)['inputRequests'];
    },
    granted: (cell) => {
      const { elicitationId, ...modernly } = VISIT;
      return {
        gets:
          cell.era === 'legacy'
            ? { code: -32042, message: 'visit first', data: { elicitations: [{ ...modernly, elicitationId }] } }
            : { 1: { method: 'elicitation/create', params: modernly } },
        reaches: [callOf(cell, 'first_visit')],
        audit: [allowed('tools/call', 'first_visit'), allowed('elicitation/create', 'first_visit')],
      };
    },
    denied: (cell) => ({
      gets: { code: -32603, message: 'visit first', data: {} },
      reaches: [callOf(cell, 'first_visit')],
      audit: [allowed('tools/call', 'first_visit'), 'deny elicitation/create first_visit not_granted'],
    }),
  },
  {
    what: 'a question that is taken back',
    without: 'bare',
    where: (of) => of === 'legacy',
    does: async (cell) => {
      cell.agent.silent = true;
      const answer = await call(cell, 'take_back');
      const { result } = answer;
      const waits = isObject(result) && result['resultType'] === 'input_required';
      return [waits ? 'waits' : said(answer), cell.agent.asked.length, told(cell.agent.heard)];
    },
    granted: (cell) => ({
      gets:
        cell.era === 'legacy'
          ? ['taken back', 1, [['notifications/cancelled', { requestId: 'toolcrib-1' }]]]
          : ['waits', 0, []],
      reaches: [callOf(cell, 'take_back')],
      audit: [allowed('tools/call', 'take_back'), allowed('elicitation/create', 'take_back')],
    }),
    denied: (cell) => ({
      gets: [{ error: -32601 }, 0, []],
      reaches: [callOf(cell, 'take_back'), ['answer', -32601]],
      audit: [allowed('tools/call', 'take_back'), 'deny elicitation/create take_back not_granted'],
    }),
  },
  {
    what: 'roots that are others now',
    without: 'none',
    does: async (cell) => {
      if (cell.granted) await call(cell, 'echo');
      return cell.agent.notify('notifications/roots/list_changed');
    },
    granted: (cell) => {
      const heard = cell.equals && cell.of === 'legacy';
      return {
        gets: 202,
        reaches: [callOf(cell, 'echo'), ...(heard ? [['notifications/roots/list_changed', {}, {}] as Sent] : [])],
        audit: [
          allowed('tools/call', 'echo'),
          ...(heard ? ['allow notifications/roots/list_changed granted'] : []),
          ...inEra(cell, 'modern', 'deny notifications/roots/list_changed unknown_notification'),
        ],
      };
    },
    denied: (cell) => ({
      gets: 202,
      audit: inEra(cell, 'modern', 'deny notifications/roots/list_changed unknown_notification'),
    }),
  },
  {
    what: 'tasks',
    without: 'none',
    does: async (cell) => {
      const { agent, era } = cell;
      const made = await call(cell, 'job', era === 'legacy' ? { task: { ttl: 60_000 } } : {});
      const result = isObject(made['result']) ? made['result'] : {};
      const task = isObject(result['task']) ? result['task'] : result;
      const taskId = typeof task['taskId'] === 'string' ? task['taskId'] : 'none';
      const all: unknown[] = [taskId === 'none' ? said(made) : task['status']];
      for (const method of ['tasks/get', 'tasks/result', 'tasks/update', 'tasks/list', 'tasks/cancel'])
        all.push(brief(await agent.ask(method, method === 'tasks/list' ? {} : { taskId })));
      expect(taskId).not.toBe(`t${recordings[cell.server].tasks}`);
      return JSON.parse(JSON.stringify(all).replaceAll(taskId, '#')) as unknown;
    },
    granted: (cell) => {
      const { era, equals } = cell;
      const taskId = `t${recordings[cell.server].tasks}`;
      const at = '2026-01-01T00:00:00Z';
      const state = (status: string) => ({ taskId: '#', status, ttl: 60_000, createdAt: at, lastUpdatedAt: at });
      const lost = [200, -32602, 'Task not found'];
      const none = noMethod(cell);
      const about = (method: string): Sent => sent(cell, method, { taskId });
      const granted = (...methods: string[]): string[] => methods.map((method) => allowed(method, 'job'));
      const unknown = (...methods: string[]): string[] => methods.map((method) => `deny ${method} task_unknown`);
      const result = {
        content: [{ type: 'text', text: `of ${taskId}` }],
        _meta: { 'io.modelcontextprotocol/related-task': { taskId: '#' } },
      };
      if (era === 'legacy' && equals)
        return {
          gets: ['working', state('working'), result, none, { tasks: [state('working')] }, state('cancelled')],
          reaches: [
            callOf(cell, 'job', { task: { ttl: 60_000 } }),
            // Listed, it is asked how it stands.
            ...['get', 'result', 'get', 'cancel'].map((verb) => about(`tasks/${verb}`)),
          ],
          audit: [
            ...granted('tools/call', 'tasks/get', 'tasks/result'),
            ...missing('tasks/update'),
            'allow tasks/list authenticated',
            ...granted('tasks/get', 'tasks/cancel'),
          ],
        };
      if (era === 'legacy')
        return {
          gets: [[200, -32601, NO_TASKS], lost, lost, none, { tasks: [] }, lost],
          audit: [
            'deny tools/call job task_not_supported',
            ...unknown('tasks/get', 'tasks/result'),
            ...missing('tasks/update'),
            'allow tasks/list authenticated',
            ...unknown('tasks/cancel'),
          ],
        };
      if (equals)
        return {
          gets: ['working', { ...state('working') }, none, {}, none, {}],
          reaches: [callOf(cell, 'job'), ...['get', 'update', 'cancel'].map((verb) => about(`tasks/${verb}`))],
          audit: [
            ...granted('tools/call', 'tasks/get'),
            ...missing('tasks/result'),
            ...granted('tasks/update'),
            ...missing('tasks/list'),
            ...granted('tasks/cancel'),
          ],
        };
      return {
        gets: [{}, lost, none, lost, none, lost],
        reaches: [callOf(cell, 'job')],
        audit: [
          ...granted('tools/call'),
          ...unknown('tasks/get'),
          ...missing('tasks/result'),
          ...unknown('tasks/update'),
          ...missing('tasks/list'),
          ...unknown('tasks/cancel'),
        ],
      };
    },
    denied: (cell) => ({
      gets: [UNKNOWN_TOOL, ...[1, 2, 3, 4, 5].map(() => noMethod(cell))],
      audit: [
        noTool(cell, 'job'),
        ...missing('tasks/get', 'tasks/result', 'tasks/update', 'tasks/list', 'tasks/cancel'),
      ],
    }),
  },
  {
    what: 'what no server may say or ask',
    without: 'bare',
    does: async (cell) => [said(await call(cell, 'stray')), cell.agent.asked, cell.agent.heard],
    ...both((cell) => {
      // A modern server is answered nothing that is no request: it may not ask at all.
      const answers = cell.of === 'legacy' ? STRAYS.map(() => -32601) : [];
      return {
        gets: [cell.of === 'legacy' ? answers : {}, [], []],
        reaches: [callOf(cell, 'stray'), ...answers.map((code): Sent => ['answer', code])],
        audit: [
          allowed('tools/call', 'stray'),
          ...STRAYS.map((method) =>
            ['deny', method, ...(cell.of === 'legacy' ? ['stray'] : []), 'unknown_request'].join(' '),
          ),
        ],
      };
    }),
  },
  {
    what: 'what no agent may say or ask',
    without: 'none',
    does: async ({ agent }) => {
      const answers: unknown[] = [];
      for (const method of NEVER_SAID) answers.push(await agent.notify(method, { progressToken: 1, progress: 1 }));
      for (const method of NEVER_ASKED) answers.push(brief(await agent.ask(method)));
      return answers;
    },
    ...both((cell) => ({
      gets: [...NEVER_SAID.map(() => 202), ...NEVER_ASKED.map(() => noMethod(cell))],
      audit: [
        ...NEVER_SAID.flatMap((method) => {
          // Of which a legacy agent's version has some: one changes nothing here, one is of a question that nobody asked.
          if (cell.era === 'legacy' && method === 'notifications/tasks/status') return [];
          if (cell.era === 'legacy' && method === 'notifications/progress') return [`deny ${method} nothing_asked`];
          return `deny ${method} ${method === 'tools/call' ? 'not_a_request' : 'unknown_notification'}`;
        }),
        ...missing(...NEVER_ASKED),
      ],
    })),
  },
];

function both(told: (cell: Cell) => Told): Pick<Row, 'granted' | 'denied'> {
  return { granted: told, denied: told };
}

describe.each(PAIRINGS)('a %s agent of %s', (era, server) => {
  const of = OF[server];

  async function run(row: Row, who: Who): Promise<{ seen: Required<Told>; wanted: Required<Told> }> {
    const agent = await RawAgent.open(world, era, tokens[`${who} ${era} ${server}`] ?? '');
    const cell: Cell = {
      ...{ agent, era, server, of, equals: era === of, granted: who === 'bot' },
      named: (name) => `${server}__${name}`,
      uri: (path) => `${server}://${path}`,
    };
    const recording = recordings[server];
    const others = SERVERS.filter((name) => name !== server);
    const counts = (): number[] => others.map((name) => recordings[name].asked.length);
    const [before, decided, elsewhere] = [recording.asked.length, world.decisions().length, counts()];
    const gets = await row.does(cell);
    const wanted = { reaches: [], ...(cell.granted ? row.granted : row.denied)(cell) };
    await until(() => recording.asked.length >= before + wanted.reaches.length);
    agent.close();
    // Whatever was on its way has arrived when this has.
    await fence.ask('tools/call', { name: `${server}__echo`, arguments: {} });
    const reaches = recording.asked.slice(before, -1).map((each) => rendered(each, recording.reached));
    expect(counts()).toEqual(elsewhere);
    const audit = world
      .decisions()
      .slice(decided)
      .filter(({ agent: whose, server: from }) => whose === who || (whose === null && from === server))
      .filter(({ decision, method }) => decision === 'deny' || method !== 'initialize')
      .map(({ decision, method, tool, reason }) => [decision, method, tool, reason].filter(Boolean).join(' '));
    return { seen: { gets, reaches, audit }, wanted };
  }

  const rows = ROWS.filter(({ where }) => where?.(of) ?? true);

  it.each(rows)('$what, with a grant', async (row) => {
    const { seen, wanted } = await run(row, 'bot');
    expect(seen).toEqual(wanted);
  });

  it.each(rows)('$what, without', async (row) => {
    const { seen, wanted } = await run(row, row.without);
    expect(seen).toEqual(wanted);
  });
});
