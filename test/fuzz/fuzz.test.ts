/**
 * The proxy under fire from both sides, seeded and bounded. `npm run fuzz -- --messages 100000 --seed 7` does more of it;
 * what a run finds is kept in corpus/ and struck again here each time.
 */
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../proxy/world.js';
import { campaign, corpus, placed } from './campaign.js';
import { House } from './house.js';
import { answerTo } from './noise.js';
import { strike } from './stages.js';

const MESSAGES = Number(process.env['TOOLCRIB_FUZZ_MESSAGES'] ?? 3_000);
const SEED = Number(process.env['TOOLCRIB_FUZZ_SEED'] ?? 1);
/** Caches, lists of sessions and the like may fill; they do not grow with the number of messages. */
const MOST_GROWTH_MIB = 48;

const house = new House();
beforeAll(() => house.start());
afterAll(() => house.stop());

it.each(corpus())('stands $name', async ({ blow }) => {
  await strike(house, placed(blow, house));
});

it(`stands ${MESSAGES} messages of seed ${SEED}`, { timeout: 3_600_000 }, async () => {
  const { blows, memory } = await campaign(house, SEED, MESSAGES);
  const { early, late } = memory;
  console.log(
    `fuzz: seed ${SEED}, ${JSON.stringify(blows)}, ${house.arrived} calls arrived, ${house.decisions} decisions, ` +
      `memory ${early.toFixed(1)} MiB early, ${late.toFixed(1)} MiB late`,
  );
  expect(house.objections).toEqual([]);
  expect(late - early).toBeLessThan(MOST_GROWTH_MIB);
  // A run in which nothing is let through has tested nothing.
  expect(house.arrived).toBeGreaterThan(MESSAGES / 20);
  await until(() => house.outcomes === house.allowed);
});

it('serves a well-behaved client afterwards', async () => {
  house.liar = (id, write) => write(Buffer.from(`${answerTo(id, 'right')}\n`));
  house.web = (id, res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end(answerTo(id, 'right'));
  };
  const client = new LegacyClient({ name: 'good', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${house.token}` } };
  await client.connect(new LegacyTransport(new URL(`${house.world.url}/mcp`), { requestInit }));
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual([
    'aside__say',
    'files__list',
    'files__read',
    'files__write',
    'liar__say',
    'sse__say',
    'web__say',
  ]);
  const said = async (name: string, args: Record<string, string> = {}): Promise<unknown> =>
    (await client.callTool({ name, arguments: args })).content;
  expect(await said('files__read', { path: '/data/a' })).toMatchObject([
    { text: 'read {"owner":"acme","path":"/data/a"}' },
  ]);
  expect(await said('liar__say')).toMatchObject([{ text: 'right' }]);
  expect(await said('web__say')).toMatchObject([{ text: 'right' }]);
  await client.close();
});
