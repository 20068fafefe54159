/** Notifications over HTTP: nothing that a server does, or does not do, keeps a connection from the calls. */
import type { Dispatcher } from 'undici';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { say } from '../../src/wire/say.js';

type Handler = Dispatcher.DispatchHandler;

let aborted = 0;
let told: (number | null)[] = [];
let handler: Handler = {};
const controller = { abort: () => aborted++ } as unknown as Dispatcher.DispatchController;

beforeEach(() => {
  vi.useFakeTimers();
  aborted = 0;
  told = [];
  const sender = {
    dispatch: (_request: unknown, with_: Handler) => {
      handler = with_;
      handler.onRequestStart?.(controller, null);
    },
  };
  const ask = { method: 'POST' as const, path: '/mcp', headers: {}, body: Buffer.from('{}'), lasting: false };
  say(sender, ask, (status) => told.push(status));
});
afterEach(() => vi.useRealTimers());

const head = (status: number): void => handler.onResponseStart?.(controller, status, {}, 'OK');

it('one that is taken is known by its status, and over', () => {
  head(202);
  handler.onResponseEnd?.(controller, {});
  vi.advanceTimersByTime(60_000);
  expect({ told, aborted }).toEqual({ told: [202], aborted: 0 });
});

it('one that nobody answers is let go', () => {
  vi.advanceTimersByTime(4_999);
  expect({ told, aborted }).toEqual({ told: [], aborted: 0 });
  vi.advanceTimersByTime(1);
  expect({ told, aborted }).toEqual({ told: [null], aborted: 1 });
});

it('one that is answered by a stream without end is known at once, and let go', () => {
  head(200);
  expect(told).toEqual([200]);
  vi.advanceTimersByTime(1_000);
  expect({ told, aborted }).toEqual({ told: [200], aborted: 1 });
});

it('one that cannot be sent is known not to be', () => {
  handler.onResponseError?.(controller, new Error('closed'));
  vi.advanceTimersByTime(60_000);
  expect({ told, aborted }).toEqual({ told: [null], aborted: 0 });
});
