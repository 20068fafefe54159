/**
 * `npm run bench`: what Toolcrib costs, measured against its neighbours in one run on this machine, on loopback
 * alone, bounded in calls and seconds. Prints Markdown; removes everything it made, also when it fails.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepare } from './prepare.mjs';

const SERVERS = 50;
const began = Date.now();
const say = (text) => console.error(`bench: ${text} (${((Date.now() - began) / 1000).toFixed(0)} s)`);
/** What has to be undone, latest first. */
const undo = [];

async function calls(image, folder) {
  const { makeProject } = await import('./bench/project.mjs');
  const { measureCalls } = await import('./bench/calls.mjs');
  const { callsTable } = await import('./bench/table.mjs');
  const project = await makeProject(path.join(folder, 'calls'), `bench-calls-${process.pid}`, image, ['bench']);
  undo.push(() => project.end());
  say('calls: lock and apply');
  project.toolcrib('lock');
  return callsTable(await measureCalls(project, folder, say));
}

async function commands(image, folder) {
  const { makeProject } = await import('./bench/project.mjs');
  const { measureCommands, NODE, rawListing, toolcribArgs } = await import('./bench/commands.mjs');
  const { commandsTable } = await import('./bench/table.mjs');
  const names = Array.from({ length: SERVERS }, (_, i) => `s${i + 1}`);
  const project = await makeProject(path.join(folder, 'plan'), `bench-plan-${process.pid}`, image, names);
  undo.push(() => project.end());
  say(`commands: lock and apply of ${SERVERS} servers`);
  project.toolcrib('lock');
  project.toolcrib('apply', '--auto-approve');
  say('commands: plan');
  const plan = measureCommands(project.dir, [
    NODE,
    rawListing(project.name),
    [`toolcrib plan`, toolcribArgs('plan', '--detailed-exitcode')],
  ]);
  say('commands: validate, version');
  const local = measureCommands(project.dir, [
    NODE,
    ['toolcrib version', toolcribArgs('version')],
    ['toolcrib validate', toolcribArgs('validate')],
  ]);
  return [
    commandsTable(`nothing to do, ${SERVERS} servers`, plan, 'raw list and inspect'),
    commandsTable('cold, whole process', local, 'node -e 0'),
  ].join('\n\n');
}

async function main() {
  prepare();
  const { importFixture } = await import('./bench/image.mjs');
  const { call } = await import('./bench/engine.mjs');
  const { endAll } = await import('./bench/processes.mjs');
  const { machine } = await import('./bench/table.mjs');
  undo.push(endAll);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'toolcrib-bench-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const image = await importFixture('toolcrib-bench', String(process.pid), folder);
  undo.push(() => call('DELETE', `/images/${image}?force=1`));
  const parts = [await machine(), await calls(image, folder), await commands(image, folder)];
  console.log(`\n${parts.join('\n\n')}\n`);
}

/** Also after a failure, and after Ctrl-C. */
let cleaning = null;
function cleanUp() {
  cleaning ??= (async () => {
    say('removing what it made');
    for (const step of undo.reverse()) {
      await Promise.resolve()
        .then(step)
        .catch((error) => console.error(`bench: could not clean up: ${error.message}`));
    }
  })();
  return cleaning;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void cleanUp().then(() => process.exit(1)));

try {
  await main();
} catch (error) {
  console.error(`bench: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
  say('done');
}
