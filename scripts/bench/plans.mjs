/** Part three: a plan with nothing to do, from 50 servers to 500, beside Compose's dry run over as many containers. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../prepare.mjs';
import { composeProject } from './compose.mjs';
import { median } from './processes.mjs';
import { makeProject } from './project.mjs';

const RUNS = 9;
const PROGRAM = path.join(root, 'dist/toolcrib.cjs');
const PLAN = [PROGRAM, 'plan', '--detailed-exitcode', '--no-input'];
const TELL_MEMORY = 'data:text/javascript,process.on("exit",()=>console.error("kB",process.resourceUsage().maxRSS))';

/** @returns {servers, apply, rows: [{name, ms, fastest}], memory} and how to remove it all */
export async function measurePlan(count, image, folder, compose, undo, say) {
  const names = Array.from({ length: count }, (_, i) => `s${i + 1}`);
  const dir = path.join(folder, `plan-${count}`);
  const name = `bench-plan-${count}-${process.pid}`;
  await lockOf(image, folder, undo, dir, names);
  const project = await makeProject(dir, name, image, names);
  undo.push(() => project.end());
  say(`plans: apply of ${count} servers`);
  const began = performance.now();
  project.toolcrib('apply', '--auto-approve');
  const apply = performance.now() - began;
  const commands = [
    ['node -e 0', process.execPath, ['-e', '0'], dir],
    ['toolcrib --version', process.execPath, [PROGRAM, '--version'], dir],
    ['toolcrib validate', process.execPath, [PROGRAM, 'validate', '--no-input'], dir],
    ['toolcrib plan', process.execPath, PLAN, dir],
  ];
  if (compose) {
    const other = composeProject(compose, path.join(folder, `compose-${count}`), name, image, names);
    undo.push(() => other.end());
    say(`plans: compose up of ${count} containers`);
    other.up();
    commands.push(['docker compose up --dry-run', ...other.dryRun, other.dir]);
  }
  say(`plans: ${count} servers, ${RUNS} runs each`);
  const times = new Map(commands.map(([what]) => [what, []]));
  for (let i = 0; i < RUNS; i++) for (const [what, ...command] of commands) times.get(what).push(once(...command).ms);
  const rows = [...times].map(([what, list]) => ({ name: what, ms: median(list), fastest: Math.min(...list) }));
  const { stderr } = once(process.execPath, ['--import', TELL_MEMORY, ...PLAN], dir);
  return { servers: count, apply, rows, memory: Number(/kB (\d+)/.exec(stderr)?.[1]) / 1024 };
}

/** One server is locked as usual; the others run the same image, so that theirs is the same but for the name. */
async function lockOf(image, folder, undo, dir, names) {
  const one = await makeProject(path.join(folder, 'lock-one'), `bench-lock-${process.pid}`, image, ['s1']);
  undo.push(() => one.end());
  one.toolcrib('lock');
  const [head, first] = readFileSync(path.join(one.dir, 'toolbox.lock.yaml'), 'utf8').split('servers:\n  s1:\n');
  const definitions = readFileSync(path.join(one.dir, 'toolbox.lock.d/s1.json'), 'utf8');
  mkdirSync(path.join(dir, 'toolbox.lock.d'), { recursive: true });
  const entries = [...names].sort().map((name) => `  ${name}:\n${first}`);
  writeFileSync(path.join(dir, 'toolbox.lock.yaml'), `${head}servers:\n${entries.join('')}`);
  for (const name of names) {
    const own = definitions.replace('"server": "s1"', `"server": "${name}"`);
    writeFileSync(path.join(dir, 'toolbox.lock.d', `${name}.json`), own);
  }
}

function once(program, args, cwd) {
  const began = performance.now();
  const ran = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  const ms = performance.now() - began;
  if (ran.status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${ran.status}\n${ran.stdout}${ran.stderr}`);
  return { ms, stderr: ran.stderr };
}
