/**
 * The official suite's scenarios of the Tasks extension (2026-07-28), through the proxy and to a server with it. They
 * belong to no revision's requirements, so they are named here; the suite itself skips status notifications, whose
 * scenario waits for a rewrite.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grant, type World } from '../proxy/world.js';
import { behindFront, namesIn } from './behind-front.js';
import { startFront, type Front } from './front.js';
import { judge } from './suite.js';
import { startTaskFixture, type TaskFixture } from './task-fixture.js';

const SCENARIOS = [
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
];

let world: World;
let front: Front;
let fixture: TaskFixture;

beforeAll(async () => {
  fixture = await startTaskFixture();
  front = await startFront();
  world = await behindFront(front, fixture.url, ({ tools }) =>
    grant('suite', namesIn(tools), { serverRequests: ['elicitation', 'sampling'] }),
  );
});
afterAll(async () => {
  await front.close();
  await world.stop();
  await fixture.close();
});

it.concurrent.each(SCENARIOS)('%s', { timeout: 60_000 }, async (scenario) => {
  const url = `http://127.0.0.1:${front.port}/server/suite/mcp`;
  const verdict = await judge('server', ['--url', url, '--scenario', scenario], [scenario]);
  expect(verdict.failed, verdict.output).toEqual({});
  expect(verdict.passed).toEqual([scenario]);
});
