/** Before the tests: dist/ as the sources say, because some tests run the built program. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const prepare = fileURLToPath(new URL('../../scripts/prepare.mjs', import.meta.url));

export function setup(): void {
  const code = `import(${JSON.stringify(prepare)}).then(({ build }) => build()).catch(() => process.exit(1))`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // Tests of single modules may still pass; those of the program would run a stale one, and say so themselves.
  if (status !== 0)
    process.stderr.write('dist/ could not be built: tests of the built program run an old one, or none\n');
}
