/**
 * `npm test`: everything, on a bare clone, the real engine included. Arguments go to vitest. Ends with coverage, the
 * ratio of test to code, the time it took, and the plain line `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { prepare, root } from './prepare.mjs';

const began = Date.now();
const results = path.join(root, 'coverage/results.json');

/** Lines that are not blank, in the TypeScript below a folder; generated types are nobody's work. */
function lines(folder) {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'schema-types.ts')
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .reduce((sum, text) => sum + text.split('\n').filter((line) => line.trim() !== '').length, 0);
}

function counts() {
  if (!existsSync(results)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(results, 'utf8'));
  // A file that fails before its first test has no failed test, and counts all the same.
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

try {
  prepare();
} catch (error) {
  console.error(`npm test cannot begin: ${error.message}`);
  process.exit(1);
}

mkdirSync(path.dirname(results), { recursive: true });
rmSync(results, { force: true });
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const { status } = spawnSync(process.execPath, [vitest, 'run', '--coverage', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});

const test = lines('test');
const src = lines('src');
const { passed, failed } = counts();
console.log(`\ntest to code: ${test} lines of test/ to ${src} lines of src/, ${(test / src).toFixed(2)}`);
console.log(`total time: ${((Date.now() - began) / 1000).toFixed(1)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(status === 0 && failed === 0 ? 0 : 1);
