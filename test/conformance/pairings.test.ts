/**
 * The official suite's server scenarios against the proxy, with the suite's own server upstream, in all four pairings of
 * old and new. What each revision requires is asked of the pairing whose agents speak it; nothing is expected to fail.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Era } from '../../src/mcp/wire.js';
import { grant, type World } from '../proxy/world.js';
import { behindFront, namesIn } from './behind-front.js';
import { startFixture, type Fixture } from './fixture.js';
import { startFront, type Front } from './front.js';
import { judge, required, type Verdict } from './suite.js';

const REVISION: Record<Era, string> = { modern: '2026-07-28', legacy: '2025-11-25' };

/**
 * What cannot be had across the eras, and why: scenarios that are left out, by the agent's era …
 * Lines are those of `dist/index.js` of @modelcontextprotocol/conformance 0.2.0-alpha.12.
 */
const NOT_ACROSS: Record<Era, Record<string, string>> = {
  legacy: {
    'tools-call-sampling': 'sampling is relayed between equals alone',
  },
  modern: {
    // Line 1845, "inputRequests missing expected key "user_name"": such a key is a modern server's to choose. A legacy one
    // asks by a JSON-RPC request, whose id its SDK counts; no byte of it says `user_name`, and the proxy cannot guess it.
    'input-required-result-basic-elicitation':
      "wants a key of the server's choice; a legacy server's question has none",
    // Line 2059: its one call brings `inputResponses` with no `requestState`, so to a legacy server's question that is
    // still to come; whether `user_name` would be the answer to it nobody can know.
    'input-required-result-ignore-extra-params':
      'answers a question that was not put; a legacy server has not asked yet',
    'input-required-result-basic-sampling': 'sampling is relayed between equals alone',
    'input-required-result-basic-list-roots': 'roots are relayed between equals alone',
    'input-required-result-multiple-input-requests': 'asks for sampling and roots beside elicitation',
    'input-required-result-capability-check': 'asks for sampling',
  },
};
/**
 * … and checks within the others. Line 1170 calls a tool that needs sampling without declaring that, and wants -32021 with
 * `requiredCapabilities: {sampling}`. Which capability a legacy server's tool will need is known when it asks and not
 * before, because its definition does not say so and its session was told of capabilities once; and of an agent of the
 * other era it may not ask this at all, so that -32021 would promise what declaring sampling would not bring.
 */
const CHECKS_NOT_ACROSS: Record<Era, RegExp> = {
  legacy: /^$/,
  modern: /sep-2575-(?:server-rejects-undeclared-capability|missing-capability-http-400)/,
};

let world: World;
let front: Front;

async function begin(upstream: Era): Promise<Fixture> {
  const fixture = await startFixture(upstream);
  front = await startFront();
  world = await behindFront(front, fixture.url, ({ tools, prompts }) =>
    grant('suite', namesIn(tools), {
      prompts: namesIn(prompts),
      resources: ['test://**'],
      serverRequests: ['elicitation', 'roots', 'sampling'],
    }),
  );
  return fixture;
}

async function run(agent: Era, skipped: string[]): Promise<{ verdict: Verdict; asked: string[] }> {
  const revision = REVISION[agent];
  const asked = (await required(revision, 'server')).filter((name) => !skipped.includes(name));
  const url = `http://127.0.0.1:${front.port}/server/suite/mcp`;
  return { verdict: await judge('server', ['--url', url, '--requirements', revision], asked), asked };
}

describe.each<[Era, Era, number]>([
  ['modern', 'modern', 37],
  ['legacy', 'legacy', 30],
  ['legacy', 'modern', 29],
  ['modern', 'legacy', 31],
])('a %s agent of a %s server', (agent, upstream, count) => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await begin(upstream);
  });
  afterAll(async () => {
    await front.close();
    await world.stop();
    await fixture.close();
  });

  it('gets all that the revision requires', { timeout: 300_000 }, async () => {
    const skipped = agent === upstream ? [] : Object.keys(NOT_ACROSS[agent]);
    const { verdict, asked } = await run(agent, skipped);
    const excused = agent === upstream ? /^$/ : CHECKS_NOT_ACROSS[agent];
    const failed = Object.entries(verdict.failed).map(([name, checks]) => [
      name,
      checks.filter((check) => !excused.test(check)),
    ]);
    expect(failed.filter(([, checks]) => checks?.length !== 0)).toEqual([]);
    expect(verdict.passed.length + failed.length).toBe(asked.length);
    expect(asked).toHaveLength(count);
  });
});
