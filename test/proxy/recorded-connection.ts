/** A connection over a wire that only takes requests: what comes back is the test's to say, by the listener. */
import { expect } from 'vitest';
import type { Era, Outgoing, Wire, WireListener } from '../../src/mcp/wire.js';
import { Connection, type ConnectionEvents } from '../../src/proxy/servers/connection.js';
import type { CallBounds } from '../../src/proxy/servers/flights.js';

export interface Recording {
  era: Era;
  bounds: CallBounds;
  logs: boolean;
  request: (outgoing: Outgoing) => void;
  events: Partial<ConnectionEvents>;
}

export function recordedConnection({ era, bounds, logs, request, events }: Recording): {
  connection: Connection;
  listener: WireListener;
} {
  let listener: WireListener | null = null;
  const wire: Wire = {
    era,
    attributes: true,
    announces: false,
    broken: null,
    listen: (given) => (listener = given),
    request,
    say: () => undefined,
    abandon: () => true,
    done: () => undefined,
    waiting: () => 0,
    close: () => undefined,
  };
  const connection = new Connection({
    wire,
    bounds,
    clientInfo: { name: 'test', version: '0' },
    exclusive: false,
    logs,
    mirrored: new Map(),
    events: {
      listChanged: () => undefined,
      resourceUpdated: () => undefined,
      acknowledged: () => undefined,
      taskStatus: () => undefined,
      unread: () => undefined,
      over: () => undefined,
      complain: (what) => expect.fail(what),
      refused: (method) => expect.fail(method),
      ...events,
    },
  });
  return { connection, listener: listener ?? expect.fail('the connection does not listen') };
}
