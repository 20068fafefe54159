/** Which host paths a server may be given (DESIGN.md, toolbox.yaml): the project's own and `mount_roots`, never the host's. */
import { realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { isMissing } from './text-file.js';

export interface MountRules {
  /** The project's folder and `mount_roots`; absolute, symlinks resolved where they can be. */
  roots: string[];
  /** Sockets of the engine. */
  sockets: string[];
  /** Whether the paths are on this machine and can be looked at. */
  local: boolean;
}

export type MountVerdict =
  { source: string } | { code: 'mount_source_missing' | 'mount_not_allowed'; detail: string; fix: string };

const FORBIDDEN = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/var/run',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/containers',
];
/** Inside the container: what the engine itself mounts, and the tmpfs that every server has. */
const TAKEN = ['/proc', '/sys', '/dev'];

/** @param folder that relative paths start from. */
export function judgeSource(declared: string, folder: string, rules: MountRules): MountVerdict {
  if (declared === '~' || declared.startsWith('~/')) {
    return {
      code: 'mount_not_allowed',
      detail: '`~` is not expanded: the path is the same for whoever applies it.',
      fix: 'Write the absolute path, or use a variable.',
    };
  }
  const lexical = resolve(folder, declared);
  const early = forbidden(lexical, rules.sockets);
  if (early) return refuse(declared, lexical, early);
  if (!rules.local) return inside(lexical, rules.roots) ? { source: lexical } : outside(declared, lexical, rules);
  let source: string;
  let found: Stats;
  try {
    source = realpathSync.native(lexical);
    found = statSync(source);
  } catch (cause) {
    return unusable(declared, lexical, cause);
  }
  const late = forbidden(source, rules.sockets) ?? unmountable(found);
  if (late) return refuse(declared, source, late);
  return inside(source, rules.roots) ? { source } : outside(declared, source, rules);
}

/** A folder that mounts may come from: null, or why not. */
export function rootProblem(folder: string, sockets: string[]): string | null {
  return forbidden(folder, sockets);
}

/** Where in the container something may be mounted: null, or why not. */
export function targetProblem(target: string): string | null {
  if (target === '/') return 'would hide the whole image.';
  if (target === '/tmp') return 'is the temporary folder that every server has.';
  const taken = TAKEN.find((each) => isWithin(target, each));
  return taken ? `lies in ${taken}, which is the kernel's.` : null;
}

export function plainTarget(target: string): string {
  return target.length > 1 ? target.replace(/\/$/, '') : target;
}

/** The folder itself counts. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
}

function inside(path: string, roots: string[]): boolean {
  return roots.some((root) => isWithin(path, root));
}

/** Both ways: `/var` would bring `/var/run` along. */
function forbidden(path: string, sockets: string[]): string | null {
  if (path === '/') return 'is the whole host.';
  const below = FORBIDDEN.find((each) => isWithin(path, each));
  if (below) return `lies in ${below}, which belongs to the host's system.`;
  const above = [...FORBIDDEN, ...sockets].find((each) => isWithin(each, path));
  if (above && sockets.includes(above))
    return `gives access to the engine's socket ${above}, and with it to the whole host.`;
  return above ? `contains ${above}, which belongs to the host's system.` : null;
}

function unmountable(found: Stats): string | null {
  if (found.isSocket()) return 'is a socket: whoever listens there would be reachable from the server.';
  return found.isDirectory() || found.isFile() ? null : 'is neither a folder nor a file.';
}

function named(declared: string, path: string): string {
  return declared === path ? `\`${declared}\`` : `\`${declared}\` (${path})`;
}

function refuse(declared: string, path: string, why: string): MountVerdict {
  return {
    code: 'mount_not_allowed',
    detail: `${named(declared, path)} ${why}`,
    fix: 'Mount a folder that holds only what the server needs.',
  };
}

function outside(declared: string, path: string, { roots: [project = ''] }: MountRules): MountVerdict {
  return {
    code: 'mount_not_allowed',
    detail: `${named(declared, path)} lies outside the project's folder ${project} and \`project.mount_roots\`.`,
    fix: `Mount a folder of the project, or add \`mount_roots: [${path}]\` to \`project:\`.`,
  };
}

function unusable(declared: string, path: string, cause: unknown): MountVerdict {
  if (isMissing(cause)) {
    return {
      code: 'mount_source_missing',
      detail: `${named(declared, path)} does not exist.`,
      fix: `Make it (\`mkdir -p ${path}\`), or correct the path.`,
    };
  }
  const words = cause instanceof Error ? cause.message : String(cause);
  return {
    code: 'mount_source_missing',
    detail: `${named(declared, path)} cannot be looked at: ${words}.`,
    fix: 'Check the permissions on the way to it.',
  };
}
