/** What every container starts from: nothing (notes on hardening: src/README.md, Invariants). Each spec adds what it needs. */
import type { ContainerSpec } from '../model/container.js';
import { LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Address } from '../model/address.js';

const MIB = 1024 * 1024;

export function hardened(project: ProjectIdentity, address: Address, image: string): ContainerSpec {
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
    labels: { [LABEL.project]: project.name, [LABEL.projectId]: project.id, [LABEL.address]: address },
  };
}
