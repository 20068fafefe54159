/**
 * The official suite's scenarios of the Tasks extension (2026-07-28), through the proxy and to a server with it. They
 * belong to no revision's requirements, so they are named here; the suite itself skips status notifications, whose
 * scenario waits for a rewrite.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitionsAt, serveRemote } from '../proxy/remote.js';
import { grant, World } from '../proxy/world.js';
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
  const definitions = await definitionsAt(fixture.url);
  const tools = definitions.tools.map(({ name }) => name).sort();
  const whole = grant('suite', tools, { serverRequests: ['elicitation', 'sampling'] });
  world = new World({ servers: {}, agents: { suite: [whole] } });
  serveRemote(world.policy, 'suite', fixture.url, definitions);
  for (const host of ['localhost', '127.0.0.1'].map((name) => `${name}:${front.port}`)) {
    world.policy.hosts.push(host);
    world.policy.origins.push(`http://${host}`);
  }
  const token = world.token('suite');
  await world.start();
  Object.assign(front.to, { port: world.proxy.address.port, token });
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
