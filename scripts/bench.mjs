/**
 * `npm run bench`: what Toolcrib costs, measured against its neighbours in one run on this machine, on loopback
 * alone, bounded in calls and seconds. Prints Markdown; removes everything it made, also when it fails. Parts may be
 * named: `npm run bench -- plans`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepare } from './prepare.mjs';

/** Some machines hand Node a bundle of certificates, and each start of it reads them all: nothing here uses TLS. */
delete process.env.NODE_EXTRA_CA_CERTS;

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

/** Sizes from the environment where a machine cannot hold 500 containers beside as many of Compose's. */
async function plans(folder) {
  const { importTiny } = await import('./bench/tiny-image.mjs');
  const { findCompose } = await import('./bench/compose.mjs');
  const { measurePlan } = await import('./bench/plans.mjs');
  const { plansTable } = await import('./bench/table.mjs');
  const image = await importTiny('toolcrib-bench-tiny', String(process.pid), folder);
  const { call } = await import('./bench/engine.mjs');
  undo.push(() => call('DELETE', `/images/${image}?force=1`));
  const compose = findCompose();
  if (!compose) say('plans: no Docker Compose from 2.26 on here (TOOLCRIB_BENCH_COMPOSE may name one)');
  const measured = [];
  for (const size of (process.env.TOOLCRIB_BENCH_SIZES ?? '50,200,500').split(',').map(Number)) {
    const own = [];
    undo.push(() => undoAll(own));
    measured.push(await measurePlan(size, image, folder, compose, own, say));
    say(`plans: removing ${size} servers`);
    await undoAll(own);
  }
  return plansTable(measured, compose?.version ?? null);
}

async function applies(image, folder) {
  const { measureApplies } = await import('./bench/applies.mjs');
  const { appliesTable } = await import('./bench/table.mjs');
  return appliesTable(await measureApplies(image, folder, undo, say));
}

const PARTS = { calls, plans: (_image, folder) => plans(folder), applies };

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
  const parts = [await machine()];
  const wanted = process.argv.slice(2);
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length === 0 || wanted.includes(name)) parts.push(await part(image, folder));
  }
  console.log(`\n${parts.join('\n\n')}\n`);
}

/** Latest first; what is undone is undone once. */
async function undoAll(steps) {
  for (let step = steps.pop(); step; step = steps.pop()) {
    await Promise.resolve()
      .then(step)
      .catch((error) => console.error(`bench: could not clean up: ${error.message}`));
  }
}

/** Also after a failure, and after Ctrl-C. */
let cleaning = null;
function cleanUp() {
  cleaning ??= (async () => {
    say('removing what it made');
    await undoAll(undo);
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
