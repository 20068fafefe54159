/** Where the declaration has moved on and the lock has not. */
import type { Config, ServerConfig } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { Lock, LockedServer, RuntimeKind } from '../model/lock.js';

export function lockProblems(config: Config, lock: Lock): Diagnostic[] {
  return [
    ...runtimeProblems(config, lock),
    ...config.servers.flatMap((server) => serverProblems(server, config, lock)),
  ];
}

function serverProblems(server: ServerConfig, config: Config, lock: Lock): Diagnostic[] {
  const address = `server.${server.name}`;
  const locked = lock.servers[server.name];
  const fix = `Run \`toolcrib lock ${server.name}\`, review what it wrote, and commit it.`;
  if (!locked) {
    const range = config.locate(server.at, 'key');
    return [problem('lock_stale', `Server ${server.name} is not in toolbox.lock.yaml.`, fix, { range, address })];
  }
  const moved = movement(server, locked);
  if (moved === null) return [];
  const at = { file: server.at.file, path: [...server.at.path, server.source.type] };
  return [
    problem('lock_stale', `${moved} is declared; the lock has ${wasOf(locked)}.`, fix, {
      range: config.locate(at),
      address,
    }),
  ];
}

/** What is declared now, where that is not what was locked. */
function movement({ source }: ServerConfig, { source: locked }: LockedServer): string | null {
  const now = `${source.type}: ${source.declared}`;
  if (source.type !== locked.type || source.declared !== locked.declared) return now;
  if (source.type === 'npm' && locked.type === 'npm') {
    const allowed = [...source.allowScripts].sort();
    return allowed.join() === locked.allowScripts.join() ? null : `allow_scripts: [${allowed.join(', ')}]`;
  }
  if (source.type === 'build' && locked.type === 'build' && source.network !== locked.network) {
    return `build_network: ${source.network}`;
  }
  return null;
}

function wasOf({ source }: LockedServer): string {
  const more =
    source.type === 'npm'
      ? ` with allow_scripts: [${source.allowScripts.join(', ')}]`
      : source.type === 'build'
        ? ` with build_network: ${source.network}`
        : '';
  return `${source.type}: ${source.declared}${more}`;
}

function runtimeProblems(config: Config, lock: Lock): Diagnostic[] {
  const kinds: [RuntimeKind, string][] = [
    ['node', 'Node'],
    ['python', 'Python'],
  ];
  return kinds.flatMap(([kind, name]) => {
    const declared = config.project.runtimes[kind];
    const locked = lock.runtimes[kind];
    if (declared === null) return [];
    const same = locked?.type === declared.type && (locked.type === 'host' || locked.declared === declared.reference);
    if (same) return [];
    const range = config.locate({ file: config.project.at.file, path: [...config.project.at.path, 'runtimes', kind] });
    return [
      problem(
        'lock_stale',
        `The ${name} runtime is declared otherwise than it was locked.`,
        'Run `toolcrib lock`, review it, and commit it.',
        { range },
      ),
    ];
  });
}
