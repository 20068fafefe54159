/** The numbers beside calls: a list with a hung server in it, a thousand sessions, and a policy of a big company. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tenTools } from '../http-tools.mjs';
import { median } from '../processes.mjs';
import { startOurs, upstreamUrl } from './gateways.mjs';
import { checked, load, session } from './load.mjs';
import { ECHO, grantOf, policyOf, RULE, tokenFor, writePolicy } from './policy.mjs';

const memoryMiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** 100 tools on 10 servers, one of which never answers. */
export async function listing(upstream, folder) {
  const servers = {};
  for (let i = 0; i < 10; i++) {
    const url = upstreamUrl(upstream.line, i === 9 ? '/hung' : `/many/${i}`);
    servers[`s${i}`] = { tools: tenTools(i), transport: { type: 'remote', url } };
  }
  const grants = Object.entries(servers).map(([name, { tools }]) =>
    grantOf(
      name,
      tools.map((tool) => tool.name),
    ),
  );
  const policy = policyOf(servers, { load: grants });
  const token = tokenFor(policy, 'load');
  const proxy = await startOurs(policy, path.join(folder, 'listing'));
  const target = { ...proxy, name: 'tools/list', tool: '-', token };
  await sleep(2000); // the nine that answer have passed their gates
  const { id, post } = await session(target);
  const { result } = await (await post({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })).json();
  if (result.tools.length !== 100) throw new Error(`tools/list shows ${result.tools.length} tools, not 100`);
  const asked = async () => Number(await (await fetch(upstreamUrl(upstream.line, '/asked'))).text());
  const before = await asked();
  const values = await load(target, id, { connections: 1, seconds: 3, what: 'list' });
  const after = await asked();
  await proxy.end();
  return { p50: values.p50, p99: values.p99, lists: values.calls, asked: after - before };
}

/** Sessions opened by as many agents' worth of initialize, a call in each, and what the process holds then. */
export async function sessions(upstream, folder, count) {
  const transport = { type: 'remote', url: upstreamUrl(upstream.line) };
  const agents = Array.from({ length: 20 }, (_, i) => `agent-${i}`);
  const policy = policyOf(
    { bench: { tools: [ECHO], transport } },
    Object.fromEntries(agents.map((agent) => [agent, [grantOf('bench', ['echo'], RULE)]])),
  );
  const tokens = agents.map((agent) => tokenFor(policy, agent));
  const proxy = await startOurs(policy, path.join(folder, 'sessions'));
  await checked({ ...proxy, name: 'sessions', tool: 'bench__echo', token: tokens[0] });
  const idle = memoryMiB(proxy.pid);
  const params = { name: 'bench__echo', arguments: { path: '/data/public/a', text: 'x'.repeat(960) } };
  let opened = 0;
  const one = async () => {
    while (opened < count) {
      const { post } = await session({ port: proxy.port, token: tokens[opened++ % tokens.length] });
      for (let id = 1; id <= 3; id++) {
        const answer = await post({ jsonrpc: '2.0', id, method: 'tools/call', params });
        if (!(await answer.text()).includes('echo ')) throw new Error(`a call of session ${opened}: ${answer.status}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
  const full = memoryMiB(proxy.pid);
  await proxy.end();
  return { count, idle, full };
}

/** How long a policy of many agents takes from file to force, and what a call costs under it and under one of one. */
export async function bigPolicy(upstream, folder, small) {
  const transport = { type: 'remote', url: upstreamUrl(upstream.line) };
  const tools = Array.from({ length: 100 }, (_, i) => ({ ...ECHO, name: i === 0 ? 'echo' : `echo_${i}` }));
  const grants = () => tools.map((tool) => grantOf('bench', [tool.name], { [tool.name]: RULE.echo }));
  const agents = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`agent-${i}`, grants()]));
  const one = policyOf({ bench: { tools: [ECHO], transport } }, { load: [grantOf('bench', ['echo'], RULE)] });
  tokenFor(one, 'load');
  const proxy = await startOurs(one, path.join(folder, 'big'));
  const policy = { ...policyOf({ bench: { tools: [ECHO], transport } }, agents), hosts: one.hosts };
  const token = tokenFor(policy, 'agent-500');
  const target = { ...proxy, name: 'a policy of 1,000 agents × 100 grants', tool: 'bench__echo', token };
  const bytes = writePolicy(proxy.dirs.policy, policy, 2);
  const began = performance.now();
  const acknowledged = () => JSON.parse(readFileSync(path.join(proxy.dirs.ack, 'ack.json'), 'utf8')).seq === 2;
  while (!acknowledged()) {
    if (performance.now() - began > 30_000) throw new Error('the big policy is not in force after 30 s');
    await sleep(5);
  }
  const loaded = performance.now() - began;
  const id = await checked(target);
  const costs = [];
  for (let round = 0; round < 3; round++) costs.push((await load(target, id, { connections: 16, seconds: 3 })).cpu);
  await proxy.end();
  return { milliseconds: loaded, mebibytes: bytes / 1048576, cpu: median(costs), small };
}
