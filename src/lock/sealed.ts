/**
 * A server's container as the lock starts it, before anyone has reviewed what it says: hardened as it will be, but
 * without network, ports and data. Pure.
 */
import type { ResolvedContainer } from '../model/container.js';
import { LABEL } from '../model/labels.js';

/** Room that stands where a mount will be. Writable, because a mount of one folder may lie inside another's. */
const EMPTY = 'rw,noexec,nosuid,nodev,size=64m';

/** Servers that insist on their folders find them, and find them empty. */
export function sealed(spec: ResolvedContainer): ResolvedContainer {
  const empty = Object.fromEntries(spec.mounts.map((mount) => [mount.target, EMPTY]));
  return {
    ...spec,
    stdin: true,
    network: 'none',
    ports: [],
    mounts: [],
    tmpfs: { ...spec.tmpfs, ...empty },
    capAdd: [],
    capDrop: ['ALL'],
    groupAdd: [],
    readonlyRootfs: true,
    healthcheck: null,
    restart: 'no',
    log: { type: 'none', config: {} },
    labels: withoutServing(spec.labels),
  };
}

/** A probe is no generation of its server, and nothing was applied. */
function withoutServing(labels: Readonly<Record<string, string>>): Record<string, string> {
  const serving: string[] = [LABEL.generation, LABEL.instance, LABEL.applied];
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !serving.includes(key)));
}
