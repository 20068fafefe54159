/**
 * What was seen to go wrong in gateways that are in use (docs of none of them promise it): each by its name, over the
 * wire. They stand here beside the tests of the parts, so that none of the three is lost in a change of those.
 */
import { expect, it, onTestFinished } from 'vitest';
import { folder, HEAD, load } from '../config/support.js';
import { call, grant, initialize, tool, until, World } from './world.js';

const callsTo = (world: World, server: string): object[] =>
  world.bridge.calls().filter((each) => each.server === server);

it('a live session calls no target that was removed from the configuration', async () => {
  const world = new World({
    servers: { clock: [tool('now')], files: [tool('read')] },
    agents: { bot: [grant('clock', ['now']), grant('files', ['read'])] },
  });
  const token = world.token('bot');
  await world.start();
  onTestFinished(() => world.stop());
  const session = await world.session(token);
  expect((await world.post('/mcp', session, call('files__read'))).status).toBe(200);
  await until(() => callsTo(world, 'files').length === 1);

  const { files: _gone, ...servers } = world.policy.servers;
  world.write({ ...world.policy, servers, agents: { bot: { grants: [grant('clock', ['now'])] } } });
  await world.ready();
  const refused = await world.post('/mcp', session, call('files__read'));
  expect(JSON.parse(refused.body)).toMatchObject({ error: { code: -32602 } });
  const listed = await world.post('/mcp', session, { jsonrpc: '2.0', id: 2, method: 'tools/list' });
  expect(listed.body).toContain('clock__now');
  expect(listed.body).not.toContain('files');
  expect(JSON.parse((await world.post('/mcp', session, call('clock__now'))).body)).toHaveProperty('result');
  expect(callsTo(world, 'files')).toHaveLength(1);
});

it('a misspelt field in a deny rule is an error, and never allows anything', async () => {
  const denial = (key: string): Promise<string> =>
    folder({
      'toolbox.yaml': `${HEAD}servers: {files: {image: x}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: files, tools: "*"}]
    deny: [{server: files, ${key}: [delete]}]
`,
    });
  expect((await load(await denial('tools'))).diagnostics).toEqual([]);
  for (const key of ['tool', 'toolz', 'Tools', 'names', '"tools "', '"tools\\u200b"']) {
    const { diagnostics } = await load(await denial(key));
    expect(
      diagnostics.map(({ code, severity }) => [code, severity]),
      key,
    ).toContainEqual(['unknown_key', 'error']);
  }

  // And where the artifact itself is written by somebody else: it is refused whole, the one before stays in force.
  const world = new World({
    servers: { files: [tool('read'), tool('delete')] },
    agents: { bot: [grant('files', ['delete'], { effect: 'deny' }), grant('files', ['read', 'delete'])] },
  });
  const token = world.token('bot');
  await world.start();
  onTestFinished(() => world.stop());
  const session = await world.session(token);
  const [deny, allow] = world.policy.agents.bot?.grants ?? [];
  const { tools, ...rest } = deny ?? grant('files', []);
  const misspelt = { ...rest, toolz: tools } as unknown as typeof deny;
  const before = world.ack()?.digest;
  world.write({ ...world.policy, agents: { bot: { grants: [misspelt, allow] as never } } });
  await until(() => (world.ack()?.refused ?? null) !== null);
  expect(world.ack()).toMatchObject({ seq: 1, digest: before });
  const refused = await world.post('/mcp', session, call('files__delete'));
  expect(JSON.parse(refused.body)).toMatchObject({ error: { code: -32602 } });
  expect(callsTo(world, 'files')).toEqual([]);
});

it('initialize, lists and calls are answered while one upstream hangs', async () => {
  const world = new World({
    servers: { clock: [tool('now')], hung: [tool('wait')] },
    agents: { bot: [grant('clock', ['now']), grant('hung', ['wait'])] },
  });
  const token = world.token('bot');
  const hung = world.bridge.servers.get('hung');
  if (hung) hung.behave = () => true; // takes everything, its own handshake too, and never says a word
  await world.bridge.listen(`${world.dir}/bridge.sock`);
  world.write();
  await world.startProxy();
  onTestFinished(() => world.stop());
  await until(() => world.ack()?.generations['clock@1']?.state === 'ready');
  expect(world.ack()?.generations['hung@1']?.state).toBe('starting');
  const auth = { authorization: `Bearer ${token}` };
  const begun = await world.post('/mcp', auth, initialize());
  expect(begun.status).toBe(200);
  expect(JSON.parse(begun.body)).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
  const session = { ...auth, 'mcp-session-id': String(begun.headers['mcp-session-id']) };
  const listed = await world.post('/mcp', session, { jsonrpc: '2.0', id: 2, method: 'tools/list' });
  for (const name of ['clock__now', 'hung__wait']) expect(listed.body).toContain(name);
  expect(JSON.parse((await world.post('/mcp', session, call('clock__now'))).body)).toHaveProperty('result');
  // Its own call waits and is refused; it was never sent to what was not proved.
  expect(callsTo(world, 'hung')).toEqual([]);
});
