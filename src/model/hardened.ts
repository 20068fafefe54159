/** What every container starts from: nothing (notes on hardening: src/README.md, Invariants). Each spec adds what it needs. */
import type { ContainerSpec } from './container.js';

const MIB = 1024 * 1024;

export function unprivileged(image: string) {
  return {
    image,
    entrypoint: null,
    cmd: null,
    env: {},
    user: null,
    workdir: null,
    healthcheck: null,
    stdin: false,
    mounts: [],
    tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
    capAdd: [],
    capDrop: ['ALL'],
    groupAdd: [],
    readonlyRootfs: true,
    memory: 256 * MIB,
    nanoCpus: 1_000_000_000,
    pids: 128,
    nofile: 1024,
    init: true,
    network: 'none',
    joins: [],
    dns: [],
    ports: [],
    restart: 'no',
    log: { type: 'none', config: {} },
    stopTimeout: 10,
  } satisfies Omit<ContainerSpec, 'labels'>;
}
