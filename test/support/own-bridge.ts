/**
 * A bridge for a dockerd of a test's own. Never `--bridge=none`: that dockerd would remove docker0, whose ever it is
 * (moby, `removeDefaultBridgeInterface`), and the machine's own engine could publish nothing any more.
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { programOf } from './debian.js';

export interface OwnBridge {
  /** For `--bridge`. */
  name: string;
  remove(): void;
}

export function ownBridge(): OwnBridge {
  const ip = programOf('ip', 'iproute2');
  const run = (...args: string[]): void => void execFileSync(ip, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const name = `tct${randomInt(0x1000000).toString(16)}`;
  run('link', 'add', name, 'type', 'bridge');
  run('addr', 'add', `10.95.${randomInt(256)}.1/24`, 'dev', name);
  run('link', 'set', name, 'up');
  return { name, remove: () => run('link', 'del', name) };
}
