/**
 * `npm run test:engines`: what depends on the engine's version, on each engine that TOOLCRIB_TEST_ENGINES names, one after
 * the other: `unix:///run/a.sock,unix:///run/b.sock#/var/run/docker.sock`. What stands after `#` is where the engine's own
 * host has its socket, where that is another path. Arguments go to vitest instead of the usual folders.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { root } from './prepare.mjs';

/** The contract of the engine port, the bridge's life beside it, and one whole story. */
const USUAL = [
  'test/docker',
  'test/bridge/real-engine.test.ts',
  'test/e2e/story.test.ts',
  'test/e2e/reads-only.test.ts',
];

const engines = (process.env.TOOLCRIB_TEST_ENGINES ?? '').split(',').filter((each) => each.trim() !== '');
if (engines.length === 0) {
  console.error('Name the engines to test on: TOOLCRIB_TEST_ENGINES=unix:///run/a.sock,unix:///run/b.sock');
  process.exit(64);
}

const given = process.argv.slice(2);
/** Options alone choose no tests. */
const chosen = given.some((each) => !each.startsWith('-')) ? given : [...USUAL, ...given];
const outcomes = engines.map((each, index) => {
  const [host = '', socket] = each.trim().split('#');
  console.log(`\n=== ${host}`);
  // Engines may share the machine's network: each gets addresses of its own.
  const pool = `10.${100 + (index % 100)}.0.0/16`;
  const env = { ...process.env, DOCKER_HOST: host, TOOLCRIB_TEST_POOL: pool };
  if (socket) env.TOOLCRIB_ENGINE_SOCKET = socket;
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...chosen], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
  });
  return { host, passed: status === 0 };
});

console.log('');
for (const { host, passed } of outcomes) console.log(`${passed ? 'passed' : 'FAILED'}  ${host}`);
process.exit(outcomes.every((each) => each.passed) ? 0 : 1);
