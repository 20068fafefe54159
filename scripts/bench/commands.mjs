/** Part two: how long commands take as whole processes, from exec to exit. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../prepare.mjs';
import { here, median } from './processes.mjs';

const RUNS = 9;
const PROGRAM = path.join(root, 'dist/toolcrib.js');

function once(dir, args, expected) {
  const began = performance.now();
  const ran = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 28 });
  const took = performance.now() - began;
  if (ran.status !== 0) throw new Error(`${args.join(' ')} ended with ${ran.status}\n${ran.stdout}${ran.stderr}`);
  if (expected && !expected.test(ran.stdout)) throw new Error(`${args.join(' ')} printed\n${ran.stdout}`);
  return took;
}

/** Interleaved, like the calls. @param commands [name, args, expected][] @returns rows of {name, ms, fastest} */
export function measureCommands(dir, commands) {
  const times = new Map(commands.map(([name]) => [name, []]));
  for (let i = 0; i < RUNS; i++) {
    for (const [name, args, expected] of commands) times.get(name).push(once(dir, args, expected));
  }
  return [...times].map(([name, list]) => ({ name, ms: median(list), fastest: Math.min(...list) }));
}

export const toolcribArgs = (...args) => [PROGRAM, ...args, '--no-input'];
export const NODE = ['node -e 0', ['-e', '0']];
export const rawListing = (project) => ['raw list and inspect', [path.join(here, 'raw-listing.mjs'), project]];
