/** Docker Compose with as many containers of the same image: its dry run is the plan that ours is held against. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const OLDEST = [2, 26];

/** The command as a list, and its version; null: none here that knows `--dry-run` as it is now. */
export function findCompose() {
  const told = process.env.TOOLCRIB_BENCH_COMPOSE;
  const candidates = told ? [told.split(' ')] : [['docker-compose'], ['docker', 'compose']];
  for (const command of candidates) {
    const ran = spawnSync(command[0], [...command.slice(1), 'version', '--short'], { encoding: 'utf8' });
    const [, major, minor] = /(\d+)\.(\d+)/.exec(ran.stdout ?? '') ?? [];
    if (ran.status === 0 && (Number(major) > OLDEST[0] || Number(minor) >= OLDEST[1])) {
      return { command, version: ran.stdout.trim() };
    }
  }
  return null;
}

export function composeProject({ command }, dir, name, image, servers) {
  mkdirSync(dir, { recursive: true });
  const service = `{image: "${image}", stdin_open: true, read_only: true, cap_drop: [ALL], network_mode: none, mem_limit: 128m, pids_limit: 32}`;
  writeFileSync(
    path.join(dir, 'compose.yaml'),
    `services:\n${servers.map((each) => `  ${each}: ${service}\n`).join('')}`,
  );
  const run = (...args) => {
    const ran = spawnSync(command[0], [...command.slice(1), '-p', name, ...args], { cwd: dir, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`compose ${args.join(' ')} ended with ${ran.status}\n${ran.stderr}`);
  };
  return {
    dir,
    up: () => run('up', '-d'),
    end: () => run('down', '-t', '0'),
    dryRun: [command[0], [...command.slice(1), '-p', name, 'up', '-d', '--dry-run']],
  };
}
