/** Rows of tools, of what is said in the course of a call, and of the connection itself. */
import type { JsonObject } from '../../../src/model/definitions.js';
import { TOOLS } from '../recording-servers.js';
import { until } from '../world.js';
import {
  SERVERS,
  recordings,
  type Sent,
  type Row,
  brief,
  said,
  told,
  listed,
  callOf,
  MORE,
  call,
  UNKNOWN_TOOL,
  noMethod,
  allowed,
  missing,
  noTool,
  CANCELLED,
} from './cell.js';

const ALL_TOOLS = SERVERS.length * TOOLS.length;

export const CALLS: Row[] = [
  {
    what: 'tools/list, by whatever cursor',
    without: 'none',
    does: async ({ agent, granted }) => {
      const length = async (params = {}): Promise<number> =>
        (listed(await agent.ask('tools/list', params)) as []).length;
      // What a row before this one let a server change and change back is read again in a moment.
      if (granted) await until(async () => (await length()) === ALL_TOOLS);
      return [await length(), await length({ cursor: 'x' })];
    },
    granted: () => ({ gets: [ALL_TOOLS, ALL_TOOLS], audit: [] }),
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
];
