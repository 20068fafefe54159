/** Batches of 2025-03-26: what is held until the last answer is there. */
import { expect, it } from 'vitest';
import { call, grant, tool, World } from './world.js';

it('the answers to one are bounded together, and those beyond are errors', async () => {
  const tools = [tool('big')];
  const world = new World({ servers: { files: tools }, agents: { bot: [grant('files', ['big'])] } });
  const text = 'x'.repeat(7 * 1024 * 1024);
  world.bridge.servers.set('files', {
    tools,
    behave: (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      run.reply(message['id'] ?? null, { content: [{ type: 'text', text }] });
      return true;
    },
  });
  const token = world.token('bot');
  await world.start();
  const session = await world.session(token, '/mcp', '2025-03-26');
  const { body } = await world.post(
    '/mcp',
    session,
    [1, 2, 3, 4].map((id) => call('files__big', {}, id)),
  );
  expect(body.length).toBeLessThan(16 * 1024 * 1024);
  const answers = JSON.parse(body) as { id: number; result?: object; error?: { code: number } }[];
  expect(answers.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  expect(answers.filter(({ result }) => result)).toHaveLength(2);
  expect(answers.flatMap(({ error }) => error?.code ?? [])).toEqual([-32603, -32603]);
  await world.stop();
});
