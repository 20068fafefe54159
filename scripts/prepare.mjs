/**
 * What `npm test`, `npm run quickstart` and `npm run bench` need before they can begin, on a bare clone: the npm
 * dependencies, the built program and an engine. Imports nothing that would have to be installed first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Runs to the end, its output ours; never asks anything of a person. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`\`${[command, ...args].join(' ')}\` ended with ${status}`);
}

/** Whether node_modules holds what package-lock.json names. Optional packages depend on the platform. */
export function dependenciesInstalled() {
  const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  if (!existsSync(path.join(root, 'node_modules/.package-lock.json'))) return false;
  const present = read('node_modules/.package-lock.json');
  return Object.entries(read('package-lock.json')).every(
    ([name, { version, optional, peer }]) => name === '' || optional || peer || present[name]?.version === version,
  );
}

export function installDependencies() {
  if (dependenciesInstalled()) return;
  console.error('installing npm dependencies');
  run('npm', ['ci', '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
}

/** The latest change below a file or folder; a folder's own time tells of removals. */
function changed(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(file).map((name) => changed(path.join(file, name))));
}

export function isBuilt() {
  const manifest = path.join(root, 'dist/manifest.json');
  if (!existsSync(manifest)) return false;
  const inputs = [
    'src',
    'schemas',
    'catalog',
    'package.json',
    'package-lock.json',
    'scripts/build.mjs',
    'scripts/licenses.mjs',
  ];
  const built = statSync(manifest).mtimeMs;
  return inputs.map((each) => path.join(root, each)).every((each) => !existsSync(each) || changed(each) <= built);
}

export function build() {
  if (isBuilt()) return;
  console.error('building dist/');
  run(process.execPath, ['scripts/build.mjs']);
}

/** @returns the DOCKER_HOST of an engine that answers; it is put into the environment too. */
export function startEngine() {
  const { status, stdout, error } = spawnSync(path.join(root, 'scripts/engine'), ['start'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error('no container engine; scripts/engine says why above');
  process.env.DOCKER_HOST = stdout.trim();
  return process.env.DOCKER_HOST;
}

/** Where no engine is needed. */
export function prepareBuild() {
  installDependencies();
  build();
}

export function prepare() {
  prepareBuild();
  return startEngine();
}
