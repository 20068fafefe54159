/**
 * `npm run bench:proxy`: what a tools/call of 1 KB costs in Toolcrib's proxy, with authentication, grant, argument rule
 * and audit on, beside the server itself, HAProxy, a bare relay and a proxy made of the SDK, all over HTTP, all in one
 * run of wrk on loopback, bounded in seconds. Needs no engine. Prints Markdown.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareBuild } from './prepare.mjs';
import { endAll, median, serve } from './bench/processes.mjs';
import { callRows, otherRows, thisMachine } from './bench/proxy/table.mjs';
import { needPrograms } from './bench/proxy/tools.mjs';

const ROUNDS = 3;
const WARM = { connections: 16, seconds: 3 };
const ONE = { connections: 1, seconds: 3 };
const SIXTEEN = { connections: 16, seconds: 4 };
const began = Date.now();
const say = (text) => console.error(`bench: ${text} (${((Date.now() - began) / 1000).toFixed(0)} s)`);

async function measureCalls(upstream, folder) {
  const { direct, haproxy, ours, relay, sdk } = await import('./bench/proxy/gateways.mjs');
  const { checked, load } = await import('./bench/proxy/load.mjs');
  const targets = [
    direct(upstream),
    await haproxy(upstream, folder),
    await relay(upstream),
    await ours(upstream, folder),
    await sdk(upstream),
  ];
  const sessions = new Map();
  for (const target of targets) sessions.set(target, await checked(target));
  for (const target of targets) await load(target, sessions.get(target), WARM);
  const found = new Map(targets.map((target) => [target, []]));
  // Interleaved, so that a busy minute of the machine hits every row.
  for (let round = 1; round <= ROUNDS; round++) {
    say(`calls: round ${round} of ${ROUNDS}`);
    for (const target of targets) {
      const one = await load(target, sessions.get(target), ONE);
      const many = await load(target, sessions.get(target), SIXTEEN);
      found.get(target).push({ p50: one.p50, p99: one.p99, cpu: many.cpu, rate: many.rate });
    }
  }
  for (const target of targets) await target.end();
  return targets.map(({ name }, i) => {
    const list = found.get(targets[i]);
    const middle = (key) => median(list.map((values) => values[key]));
    return { name, p50: middle('p50'), p99: middle('p99'), cpu: middle('cpu'), rate: middle('rate') };
  });
}

async function main() {
  needPrograms();
  prepareBuild();
  const { bigPolicy, listing, sessions } = await import('./bench/proxy/others.mjs');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'toolcrib-bench-'));
  try {
    const upstream = await serve('http-fixture.mjs');
    const calls = await measureCalls(upstream, folder);
    say('tools/list');
    const list = await listing(upstream, folder);
    say('sessions');
    const crowd = await sessions(upstream, folder, 1000);
    say('a big policy');
    const ours = calls.find((row) => row.name.startsWith('Toolcrib'));
    const big = await bigPolicy(upstream, folder, ours.cpu);
    console.log(`\n${[thisMachine(), callRows(calls), otherRows({ list, crowd, big })].join('\n\n')}\n`);
  } finally {
    await endAll();
    rmSync(folder, { recursive: true, force: true });
    say('done');
  }
}

await main();
