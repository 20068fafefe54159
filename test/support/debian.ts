/** What a test needs of Debian and a bare machine lacks. What is installed is not started. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** Where the program is; its package is installed where it is missing. */
export function programOf(name: string, debianPackage: string): string {
  const found = (): string | undefined => FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
  const there = found();
  if (there !== undefined) return there;
  const script =
    'set -e; p=/usr/sbin/policy-rc.d; made=; if [ ! -e $p ]; then printf "#!/bin/sh\\nexit 101\\n" >$p; chmod +x $p; made=1; fi; ' +
    'export DEBIAN_FRONTEND=noninteractive; a="apt-get install -y -q --no-install-recommends $0"; ' +
    'ok=; { $a || { apt-get update -q && $a; }; } && ok=1; [ -z "$made" ] || rm -f $p; [ -n "$ok" ]';
  execFileSync('bash', ['-c', script, debianPackage], { stdio: ['ignore', 'ignore', 'pipe'] });
  return found() ?? name;
}
