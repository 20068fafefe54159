/**
 * `npm run fuzz [-- --messages N] [--seed S]`: the proxy under fire (test/fuzz), longer than in CI: 100,000 messages by
 * default, under a seed of the moment, which it prints. What it finds stands in test/fuzz/corpus from then on.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepareBuild, root } from './prepare.mjs';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (/^\d{1,9}$/.test(value)) continue;
  console.error(`fuzz: --${name} is a whole number`);
  process.exit(64);
}

prepareBuild();
console.error(`fuzz: ${values.messages} messages, seed ${values.seed}`);
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'pure', 'test/fuzz/fuzz.test.ts'], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, TOOLCRIB_FUZZ_MESSAGES: values.messages, TOOLCRIB_FUZZ_SEED: values.seed },
});
process.exit(status ?? 1);
