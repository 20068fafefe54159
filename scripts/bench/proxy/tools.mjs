/** Programs of Debian's that the benchmark measures with and against; installed where root may, else named. */
import { spawnSync } from 'node:child_process';

const PACKAGES = { wrk: 'wrk', haproxy: 'haproxy' };

const there = (program) => spawnSync(program, ['-v']).error === undefined;

export function needPrograms() {
  const missing = Object.keys(PACKAGES).filter((program) => !there(program));
  if (missing.length === 0) return;
  const packages = missing.map((program) => PACKAGES[program]);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '-q', '--no-install-recommends', ...packages],
  ]) {
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const still = missing.filter((program) => !there(program));
  if (still.length > 0)
    throw new Error(`${still.join(' and ')} missing: install ${packages.join(', ')} (Debian's names)`);
}
