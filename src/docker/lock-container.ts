/** The container whose running is the lock: it does nothing but end when its stdin does. */
import type { ResolvedContainer } from '../model/container.js';
import { unprivileged } from '../model/hardened.js';
import { LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';

/** Who holds the lock, told to whoever has to wait. */
export interface Holder {
  who: string;
  host: string;
  /** ISO 8601. */
  since: string;
  pid?: number;
  /** `apply`, `destroy`. */
  command?: string;
}

/** `image`: id or reference of the system image. */
export function lockContainer(project: ProjectIdentity, image: string, holder: Holder): ResolvedContainer {
  return {
    ...unprivileged(image),
    imageId: image,
    entrypoint: ['node', '/toolcrib/role.js'],
    cmd: ['hold'],
    user: '65532:65532',
    workdir: '/',
    stdin: true,
    tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=1m' },
    memory: 128 * 1024 * 1024,
    pids: 32,
    nofile: 256,
    stopTimeout: 1,
    labels: {
      [LABEL.project]: project.name,
      [LABEL.projectId]: project.id,
      [LABEL.holder]: JSON.stringify(holder),
    },
  };
}

/** What the label says, in words; anybody can write it, so little is expected of it. */
export function holderInWords(label: string | undefined): string {
  const holder = parse(label ?? '');
  const text = (key: keyof Holder): string | null => {
    const value = holder[key];
    return typeof value === 'string' && value !== '' ? value.slice(0, 100) : null;
  };
  const where = text('host');
  const pid = typeof holder.pid === 'number' ? ` (process ${holder.pid})` : '';
  const command = text('command');
  const since = text('since');
  return [
    `${text('who') ?? 'somebody'}${where ? ` on ${where}` : ''}${pid}`,
    command ? `running \`toolcrib ${command}\`` : '',
    since ? `since ${since}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** How long it is held, by the holder's clock: `42 s`, `3 min`, `5 h`. */
export function ageInWords(label: string | undefined, now: Date): string {
  const { since } = parse(label ?? '');
  const from = typeof since === 'string' ? Date.parse(since) : NaN;
  if (Number.isNaN(from)) return 'an unknown time';
  const seconds = Math.max(0, Math.round((now.getTime() - from) / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function parse(label: string): Partial<Record<keyof Holder, unknown>> {
  try {
    const value: unknown = JSON.parse(label);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
