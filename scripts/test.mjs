/**
 * `npm test`: everything, on a bare clone, the real engine included. Arguments go to vitest. Ends with coverage, the
 * ratio of test to code, the time it took, and the plain line `N passed, N failed`.
 *
 * On a shared machine real engines, clocks and processes fail a test now and then. Up to three files that failed are run
 * once more by themselves; a test that passes only then is no failure, but named as unsteady: it is to be mended.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { prepare, root } from './prepare.mjs';

const began = Date.now();
const results = path.join(root, 'coverage/results.json');
/** More files than this fail for a reason. */
const AGAIN = 3;

/** Lines that are not blank, in the TypeScript below a folder; generated types are nobody's work. */
function lines(folder) {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'schema-types.ts')
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .reduce((sum, text) => sum + text.split('\n').filter((line) => line.trim() !== '').length, 0);
}

/** Files with a failure, by their paths: how many tests passed, and the names of those that did not. */
function outcome(report) {
  if (!existsSync(report)) return null;
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const tests = testResults.flatMap((file) => file.assertionResults);
  const failed = new Map();
  for (const file of testResults) {
    const names = file.assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
    // A file that fails before its first test has no failed test, and counts all the same.
    if (names.length > 0) failed.set(file.name, names);
    else if (file.status === 'failed') failed.set(file.name, ['(the file itself)']);
  }
  return { passed: tests.filter((test) => test.status === 'passed').length, failed };
}

function vitest(report, args) {
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const entry = path.join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [entry, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { ok: status === 0, ...(outcome(report) ?? { passed: 0, failed: new Map([['vitest', ['(no report)']]]) }) };
}

const named = (failed) =>
  [...failed].flatMap(([file, names]) => names.map((name) => `${path.relative(root, file)} > ${name}`));

try {
  prepare();
} catch (error) {
  console.error(`npm test cannot begin: ${error.message}`);
  process.exit(1);
}

const first = vitest(results, ['--coverage', ...process.argv.slice(2)]);
let { passed, failed, ok } = first;
if (failed.size > 0 && failed.size <= AGAIN && existsSync(results)) {
  console.log(
    `\n== once more, by themselves: ${[...failed.keys()].map((file) => path.relative(root, file)).join(', ')}`,
  );
  const again = vitest(path.join(root, 'coverage/results-again.json'), [...failed.keys()]);
  const unsteady = named(failed).filter((name) => !named(again.failed).includes(name));
  for (const name of unsteady) console.log(`unsteady: failed, then passed: ${name}`);
  passed += unsteady.length;
  ({ failed, ok } = again);
}

const test = lines('test');
const src = lines('src');
console.log(`\ntest to code: ${test} lines of test/ to ${src} lines of src/, ${(test / src).toFixed(2)}`);
console.log(`total time: ${((Date.now() - began) / 1000).toFixed(1)} s`);
console.log(`${passed} passed, ${named(failed).length} failed`);
process.exit(ok && failed.size === 0 ? 0 : 1);
