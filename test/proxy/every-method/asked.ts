/** Rows of what servers ask of agents. */
import { isObject, type JsonObject } from '../../../src/model/definitions.js';
import { ANSWERS } from '../raw-agent.js';
import { QUESTIONS, STATE } from '../recording-servers.js';
import { type Sent, type Row, said, told, callOf, call, allowed, inEra } from './cell.js';

const VISIT = QUESTIONS['visit']?.params ?? {};

export const ASKED: Row[] = [
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
];
