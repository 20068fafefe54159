/** Rows of tasks. */
import { expect } from 'vitest';
import { isObject } from '../../../src/model/definitions.js';
import {
  recordings,
  type Sent,
  type Row,
  brief,
  said,
  sent,
  callOf,
  call,
  UNKNOWN_TOOL,
  noMethod,
  allowed,
  noTool,
  missing,
} from './cell.js';

const NO_TASKS = 'Refused by toolcrib (task_not_supported): this tool cannot be called as a task';

export const TASKS: Row[] = [
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
];
