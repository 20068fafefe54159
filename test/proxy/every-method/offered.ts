/** Rows of prompts, completion and resources, and of what is announced. */
import { until } from '../world.js';
import {
  SERVERS,
  recordings,
  type Sent,
  type Row,
  brief,
  told,
  listed,
  sent,
  callOf,
  MORE,
  call,
  noMethod,
  allowed,
  missing,
  CANCELLED,
  STAMP,
  inEra,
} from './cell.js';

export const OFFERED: Row[] = [
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
];
