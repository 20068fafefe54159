/** Calls that wait in their server's queue: what ends them meanwhile keeps them from ever being sent. */
import { afterEach, expect, it } from 'vitest';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import { call, grant, tool, until, World } from './world.js';

let world: World;
let session: Record<string, string>;

afterEach(() => world.stop());

const deny = (path: string): PolicyGrant =>
  grant('files', ['read'], { effect: 'deny', arguments: { read: { properties: { path: { const: path } } } } });
const within = (path: string): PolicyGrant =>
  grant('files', ['read'], { arguments: { read: { properties: { path: { within: path } } } } });

function write(...grants: PolicyGrant[]): void {
  world.policy.agents['bot'] = { grants: grants.map((each, i) => ({ ...each, rule: `agents.bot.grants[${i}]` })) };
  world.write();
}

it.each<[string, () => unknown]>([
  ['a denial of its arguments', () => write(grant('files', ['read']), deny('/secret'))],
  ['a rule that they do not satisfy', () => write(within('/public'))],
  ['an argument that is fixed from now on', () => write(grant('files', ['read'], { set: { owner: 'acme' } }))],
  ['a policy without its grant', () => write()],
  ['a revocation', () => world.revoke(Object.values(world.policy.tokens)[0]?.id ?? '')],
  ['the end of its session', () => world.http('DELETE', '/mcp', session)],
])('%s keeps a call that waits from being sent', async (_what, end) => {
  const tools = [tool('read', { path: {}, owner: {} })];
  world = new World({ servers: { files: tools }, agents: { bot: [grant('files', ['read'])] } });
  const answers: (() => void)[] = [];
  world.bridge.servers.set('files', {
    tools,
    behave: (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      answers.push(() => run.reply(message['id'] ?? null, { content: [] }));
      return true;
    },
  });
  const token = world.token('bot');
  await world.start({ callBounds: { milliseconds: 60_000, most: 1, queued: 8 } });
  session = await world.session(token);
  const running = world.post('/mcp', session, call('files__read', { path: '/public' }));
  await until(() => answers.length === 1);
  const waiting = world.post('/mcp', session, call('files__read', { path: '/secret' }, 2));
  await until(() => world.decisions().filter(({ method }) => method === 'tools/call').length === 2);
  await end();
  expect(JSON.parse((await waiting).body)).toMatchObject({ id: 2, error: { code: -32800 } });
  answers[0]?.();
  await running;
  expect(world.bridge.calls().map((each) => each.arguments)).toEqual([{ path: '/public' }]);
});

it('a policy that still allows it leaves it where it is', async () => {
  const tools = [tool('read', { path: {}, owner: {} })];
  const set = { owner: 'acme' };
  world = new World({ servers: { files: tools }, agents: { bot: [grant('files', ['read'], { set })] } });
  const token = world.token('bot');
  let answer = (): void => undefined;
  world.bridge.servers.set('files', {
    tools,
    behave: (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      answer = () => run.reply(message['id'] ?? null, { content: [] });
      return true;
    },
  });
  await world.start();
  session = await world.session(token);
  const running = world.post('/mcp', session, call('files__read', { path: '/public' }));
  await until(() => world.bridge.calls().length === 1);
  write({ ...within('/public'), set }, deny('/secret'));
  await world.ready();
  answer();
  expect(JSON.parse((await running).body)).toMatchObject({ result: { content: [] } });
});
