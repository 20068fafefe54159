/** The official suite's client scenarios against the proxy's upstream side: what concerns the protocol, not OAuth. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, required } from './suite.js';

const dir = mkdtempSync(join(tmpdir(), 'toolcrib-agent-'));
const agent = join(dir, 'agent.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('agent.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: agent,
    logLevel: 'error',
    banner: {
      js: "import { createRequire as requires } from 'node:module'; const require = requires(import.meta.url);",
    },
  });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.each([
  ['2026-07-28', 7],
  ['2025-11-25', 4],
])('servers of %s', (revision, count) => {
  it('are spoken to as it requires', { timeout: 300_000 }, async () => {
    const asked = (await required(revision, 'client')).filter((name) => !name.startsWith('auth/'));
    expect(asked).toHaveLength(count);
    const command = `${process.execPath} ${agent}`;
    for (const scenario of asked) {
      const args = ['--command', command, '--scenario', scenario, '--spec-version', revision];
      const { failed, output } = await judge('client', args, [scenario]);
      expect(failed, output).toEqual({});
    }
  });
});
