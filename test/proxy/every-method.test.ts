/**
 * Every method of MCP in every pairing of generations and transports, with a grant and without: what reaches the server,
 * to the member; what the agent gets and hears; and what the audit says. Peers are written by hand and write everything
 * down, so that a cell without a grant proves that nothing at all came through.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import type { Era } from '../../src/mcp/wire.js';
import type { Sharing } from '../../src/model/transport.js';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import type { Peer } from '../wire/peers.js';
import type { Behaviour } from './fake-bridge.js';
import { ASKED } from './every-method/asked.js';
import { CALLS } from './every-method/calls.js';
import { OF, recordings, rendered, SERVERS, type Cell, type Row, type Told, type Who } from './every-method/cell.js';
import { OFFERED } from './every-method/offered.js';
import { NEVER } from './every-method/strays.js';
import { TASKS } from './every-method/tasks.js';
import { RawAgent } from './raw-agent.js';
import { modernOverStdio, overHttp, overStdio, QUESTIONS, TOOLS } from './recording-servers.js';
import { serveRemote } from './remote.js';
import { grant, until, World } from './world.js';

const PAIRINGS = (['legacy', 'modern'] as Era[]).flatMap((era) => SERVERS.map((server) => [era, server] as const));

const world = new World({ servers: {}, agents: {} });
const peers: Peer[] = [];
const tokens: Record<string, string> = {};
let fence!: RawAgent;

beforeAll(async () => {
  const { pipe, old, new: modern, line } = recordings;
  peers.push(await overHttp(old), await modern.serve());
  const [first, second] = peers;
  serveRemote(world.policy, 'old', first?.url ?? '', old.defined, 'session');
  serveRemote(world.policy, 'new', second?.url ?? '', modern.defined);
  serveStdio('pipe', 'session', overStdio(pipe));
  // What it asks stands in its answers, so that many can share one.
  serveStdio('line', 'shared', modernOverStdio(line));
  const all = (more: Partial<PolicyGrant>, tools: string[]) => SERVERS.map((name) => grant(name, tools, more));
  const everything = (name: string): Partial<PolicyGrant> => ({
    prompts: ['greet'],
    resources: [`${name}://**`],
    serverRequests: ['elicitation', 'roots', 'sampling'],
  });
  const bot = SERVERS.map((name) => grant(name, TOOLS, { ...everything(name), rule: `bot.${name}` }));
  world.policy.agents = {
    bot: { grants: bot },
    bare: { grants: all({ rule: 'bare' }, [...Object.keys(QUESTIONS), 'stray', 'take_back', 'first_visit']) },
    none: { grants: [] },
    fence: { grants: all({ rule: 'fence' }, ['echo']) },
  };
  tokens['fence'] = world.token('fence');
  // Tasks are their token's: each pairing has tokens of its own.
  for (const [era, server] of PAIRINGS)
    for (const who of ['bot', 'bare', 'none']) tokens[`${who} ${era} ${server}`] = world.token(who);
  await world.start();
  await until(
    () =>
      Object.values(world.ack()?.generations ?? {}).filter(({ state }) => state === 'ready').length === SERVERS.length,
  );
  fence = await RawAgent.open(world, 'legacy', tokens['fence'] ?? '');
});
function serveStdio(name: 'pipe' | 'line', instances: Sharing, behave: Behaviour): void {
  const { defined, tools } = recordings[name];
  const definitions = digestOf({ ...defined });
  world.policy.definitions[definitions] = defined;
  const generation = { definitions, tools: toolHashes(defined).tools, image: 'sha256:i', replicas: 1, instances };
  world.policy.servers[name] = {
    toolbox: 'engineering',
    prefix: name,
    generations: { '1': { ...generation, transport: { type: 'stdio' } } },
    serving: 1,
  };
  world.bridge.servers.set(name, { tools, behave });
}

afterAll(async () => {
  fence.close();
  await world.stop();
  for (const peer of peers) await peer.close();
});

const ROWS: readonly Row[] = [...CALLS, ...OFFERED, ...ASKED, ...TASKS, ...NEVER];

describe.each(PAIRINGS)('a %s agent of %s', (era, server) => {
  const of = OF[server];

  async function run(row: Row, who: Who): Promise<{ seen: Required<Told>; wanted: Required<Told> }> {
    const agent = await RawAgent.open(world, era, tokens[`${who} ${era} ${server}`] ?? '');
    const cell: Cell = {
      ...{ agent, era, server, of, equals: era === of, granted: who === 'bot' },
      named: (name) => `${server}__${name}`,
      uri: (path) => `${server}://${path}`,
    };
    const recording = recordings[server];
    const others = SERVERS.filter((name) => name !== server);
    const counts = (): number[] => others.map((name) => recordings[name].asked.length);
    const [before, decided, elsewhere] = [recording.asked.length, world.decisions().length, counts()];
    const gets = await row.does(cell);
    const wanted = { reaches: [], ...(cell.granted ? row.granted : row.denied)(cell) };
    await until(() => recording.asked.length >= before + wanted.reaches.length);
    agent.close();
    // Whatever was on its way has arrived when this has.
    await fence.ask('tools/call', { name: `${server}__echo`, arguments: {} });
    const reaches = recording.asked.slice(before, -1).map((each) => rendered(each, recording.reached));
    expect(counts()).toEqual(elsewhere);
    const audit = world
      .decisions()
      .slice(decided)
      .filter(({ agent: whose, server: from }) => whose === who || (whose === null && from === server))
      .filter(({ decision, method }) => decision === 'deny' || method !== 'initialize')
      .map(({ decision, method, tool, reason }) => [decision, method, tool, reason].filter(Boolean).join(' '));
    return { seen: { gets, reaches, audit }, wanted };
  }

  const rows = ROWS.filter(({ where }) => where?.(of) ?? true);

  it.each(rows)('$what, with a grant', async (row) => {
    const { seen, wanted } = await run(row, 'bot');
    expect(seen).toEqual(wanted);
  });

  it.each(rows)('$what, without', async (row) => {
    const { seen, wanted } = await run(row, row.without);
    expect(seen).toEqual(wanted);
  });
});
