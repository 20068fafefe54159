/** `restart` of a server: what the bridge does when its process ends by itself. It stands on the container as a label. */
import { LABEL } from './labels.js';

export type Restart = 'always' | 'on-failure' | 'never';

export function restartOf(labels: Readonly<Record<string, string>> | null | undefined): Restart {
  const label = labels?.[LABEL.restart];
  return label === 'on-failure' || label === 'never' ? label : 'always';
}

/** Whether it stays ended. A process whose exit code nobody knows has failed. */
export function staysEnded(restart: Restart, exitCode: number | null): boolean {
  return restart === 'never' || (restart === 'on-failure' && exitCode === 0);
}
