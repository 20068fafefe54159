/** Rows of what is in no table. */
import { STRAYS } from '../recording-servers.js';
import { type Sent, type Row, brief, said, callOf, call, noMethod, allowed, both, missing } from './cell.js';

const NEVER_SAID = [
  ...['notifications/acme', 'notifications/progress', 'notifications/message', 'notifications/tasks/status'],
  ...['notifications/resources/updated', 'notifications/tools/list_changed', 'tools/call'],
];
const NEVER_ASKED = [
  ...['acme/do', 'sampling/createMessage', 'elicitation/create', 'roots/list', 'notifications/cancelled'],
  ...['logging/getLevel', 'tools/calls', 'Tools/call'],
];

export const NEVER: Row[] = [
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
