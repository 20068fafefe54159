/**
 * `npm run soak [-- SECONDS]` (600 by default): a thousand sessions of twenty agents call on, allowed and refused, while
 * the policy is reloaded every second. Ends with 1 unless memory stays flat, every call that was sent is in the audit
 * exactly once, and the server saw exactly those that the audit allows. Loopback only, paced, and it stops by itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareBuild } from './prepare.mjs';

const seconds = Number(process.argv[2] ?? 600);
if (!(seconds >= 20 && seconds <= 7200)) {
  console.error('soak: SECONDS is a number from 20 to 7200');
  process.exit(64);
}

async function main() {
  prepareBuild();
  const { endAll, serve } = await import('./bench/processes.mjs');
  const { startWorld } = await import('./soak/world.mjs');
  const { Memory } = await import('./soak/memory.mjs');
  const { callOn } = await import('./soak/callers.mjs');
  const { Tally } = await import('./soak/tally.mjs');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'toolcrib-soak-'));
  try {
    const upstream = await serve('http-fixture.mjs');
    const world = await startWorld(upstream.line, folder);
    const tally = new Tally(world.dirs.audit);
    const memory = new Memory(world.pid);
    const until = Date.now() + seconds * 1000;
    const calling = callOn(world, until);
    let reloads = 0;
    while (Date.now() < until) {
      await sleep(1000);
      world.reload();
      reloads++;
      tally.look();
      // From when all sessions are open: until then it has to grow.
      if (world.sent.total > 0) memory.look();
      if (reloads % 10 === 0) {
        console.error(`soak: ${reloads} of ${seconds} s, ${world.sent.total} calls, ${memory.last.toFixed(0)} MiB`);
      }
    }
    await calling;
    await sleep(1000);
    const seen = Number(await (await fetch(`http://127.0.0.1:${upstream.line}/called`)).text());
    await world.end();
    tally.look();
    return report({ sent: world.sent, audit: tally.counts, seen, memory: memory.verdict(), reloads });
  } finally {
    await endAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report({ sent, audit, seen, memory, reloads }) {
  const checks = [
    ['calls sent and calls decided', sent.total, audit.decisions],
    ['calls answered with a result and calls allowed', sent.allowed, audit.allowed],
    ['calls refused and calls denied', sent.refused, audit.denied],
    ['calls allowed and outcomes', audit.allowed, audit.outcomes],
    ['calls allowed and calls that the server saw', audit.allowed, seen],
    ['decisions written twice', 0, audit.twice],
    ['lines that are no JSON', 0, audit.broken],
    ['answers that were not as expected', 0, sent.wrong],
  ];
  for (const [what, should, is] of checks) console.log(`${should === is ? 'ok  ' : 'FAIL'} ${what}: ${should}, ${is}`);
  console.log(`${memory.flat ? 'ok  ' : 'FAIL'} memory: ${memory.words}`);
  console.log(`${sent.total} calls in ${seconds} s, ${reloads} policies, 1,000 sessions`);
  const failed = checks.filter(([, should, is]) => should !== is).length + (memory.flat ? 0 : 1);
  console.log(`${checks.length + 1 - failed} passed, ${failed} failed`);
  return failed === 0;
}

process.exit((await main()) ? 0 : 1);
