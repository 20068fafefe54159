/**
 * An engine as far as plans see it, in memory: what Engine 20.10 answers for containers made with the real request
 * body, and what it refuses. real-engine.test.ts holds that the real one answers the same.
 */
import { createHash } from 'node:crypto';
import { createBody } from '../../../src/docker/create-body.js';
import type { ResolvedContainer } from '../../../src/model/container.js';
import type { ContainerInspect, ImageInspect } from '../../../src/model/inspect.js';
import { LABEL } from '../../../src/model/labels.js';
import type { ActualState, OwnedContainer } from '../../../src/model/state.js';

export const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What every image of these tests says: an entrypoint, environment, a volume, and labels of ours. */
export function imageOf(reference: string, inputs = idOf(reference)): ImageInspect {
  return {
    Id: `sha256:${idOf(reference)}`,
    RepoTags: [reference],
    RepoDigests: null,
    Os: 'linux',
    Architecture: 'amd64',
    Config: {
      User: '',
      Env: ['PATH=/usr/local/bin', `RELEASE=${reference.split(':').at(-1)}`],
      Cmd: ['--stdio'],
      Entrypoint: ['/server'],
      WorkingDir: '',
      Labels: { [LABEL.project]: 'acme', [LABEL.projectId]: 'id-of-acme', [LABEL.inputs]: inputs },
      Volumes: { '/cache': {} },
    },
  };
}

export function nothingThere(): ActualState {
  return {
    engine: {
      id: 'ENGINE',
      name: 'dev-host',
      version: '20.10.24',
      apiVersion: '1.41',
      platform: 'linux/amd64',
      endpoint: 'unix:///var/run/docker.sock',
    },
    containers: [],
    instances: [],
    conflicts: [],
    leftovers: [],
    networks: [],
    volumes: [],
    foreignVolumes: [],
    images: {},
    ownImages: [],
    policy: null,
    ack: null,
    revoked: [],
    subnets: ['172.17.0.0/16'],
  };
}

export function created(name: string, resolved: ResolvedContainer, image: ImageInspect, salt: number): OwnedContainer {
  const { HostConfig, Labels, Image, ...config } = createBody(resolved) as unknown as ContainerInspect['Config'] & {
    HostConfig: ContainerInspect['HostConfig'];
    Image: string;
  };
  const labels = { ...image.Config?.Labels, ...Labels };
  const inspect: ContainerInspect = {
    Id: idOf(`${name}/${salt}`),
    Name: `/${name}`,
    Created: '2026-11-22T10:00:00Z',
    Image,
    State: { Status: 'created', Running: false, Paused: false, ExitCode: 0 },
    Config: { ...config, Image, Labels: labels },
    HostConfig: {
      ...HostConfig,
      Binds: null,
      VolumesFrom: null,
      ExtraHosts: null,
      Links: null,
      PidMode: '',
      UTSMode: '',
      UsernsMode: '',
      CpuShares: 0,
      CpuQuota: 0,
      CpuPeriod: 0,
      CpusetCpus: '',
      MemoryReservation: 0,
      OomScoreAdj: 0,
      Runtime: 'runc',
      MaskedPaths: ['/proc/kcore'],
      ReadonlyPaths: ['/proc/sys'],
    },
    Mounts: resolved.mounts.map((mount) => ({
      Type: mount.type,
      ...(mount.type === 'volume'
        ? { Name: mount.source, Source: `/var/lib/docker/volumes/${mount.source}/_data` }
        : { Source: mount.source }),
      Destination: mount.target,
      RW: !mount.readonly,
      Propagation: mount.type === 'volume' ? '' : 'rprivate',
    })),
    NetworkSettings: { Networks: { [resolved.network]: { NetworkID: '', Aliases: null, IPAddress: '' } } },
  };
  const generation = Number(labels[LABEL.generation]);
  return { address: labels[LABEL.address] as OwnedContainer['address'], generation, inspect, image };
}

/** A start gives a container its networks by id, and the short id as an alias, up to API 1.44. */
export function run(container: OwnedContainer, actual: ActualState): void {
  const { inspect } = container;
  inspect.State = { Status: 'running', Running: true, Paused: false, ExitCode: 0 };
  const networks = Object.entries(inspect.NetworkSettings.Networks ?? {}).map(([name, joined]) => {
    if (joined.NetworkID) return [name, joined] as const;
    const network = actual.networks.find((each) => each.Name === name);
    if (name !== 'none' && !network) throw new Error(`network ${name} not found`);
    const aliases = name === 'none' ? null : [inspect.Id.slice(0, 12), inspect.Config.Hostname ?? ''];
    return [name, { NetworkID: network?.Id ?? idOf('none'), Aliases: aliases, IPAddress: '' }] as const;
  });
  inspect.NetworkSettings.Networks = Object.fromEntries(networks);
}

export function halt({ inspect }: OwnedContainer): void {
  inspect.State = { Status: 'exited', Running: false, Paused: false, ExitCode: 143 };
}
