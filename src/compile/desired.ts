/** Config + Lock → everything the engine should have, and the policy that the proxy should enforce. Pure. */
import type { Config, Pointer, ServerConfig } from '../config/config.js';
import type { Diagnostic, Range } from '../diagnostics/diagnostic.js';
import type { TokenRecord } from '../model/access.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ProjectIdentity, SystemVolume } from '../model/labels.js';
import type { Lock } from '../model/lock.js';
import type {
  DesiredContainer,
  DesiredExternal,
  DesiredImage,
  DesiredNetwork,
  DesiredRemote,
  DesiredState,
  DesiredVolume,
} from '../model/state.js';
import { knownForm } from '../policy/known-form.js';
import { accessOf, certificateOf, telemetryOf, tokensOf } from '../policy/access.js';
import type { Policy, PolicyCertificate } from '../policy/artifact.js';
import { remoteFacts } from '../policy/remote-facts.js';
import { lockProblems } from './lock-problems.js';
import { compilePolicy, policyDigest } from './policy.js';
import { replacement, serverSpec } from './server-spec.js';
import { bridgeSpec, controlSpec, proxySpec } from './system-specs.js';

export interface CompileOptions {
  /** Server → the image that its lock comes to. */
  images: Readonly<Record<string, DesiredImage>>;
  systemImage: DesiredImage;
  /** Where the engine's host has the engine's socket. */
  engineSocket: string;
  tokens: readonly TokenRecord[];
  /** Left out: none is declared, or it is not looked at. */
  certificate?: PolicyCertificate | null;
  version: string;
}

export interface Compiled {
  desired: DesiredState;
  /** The policy with every server at the generation that `routes` names. */
  policy: (routes: Readonly<Record<string, number>>) => Policy;
  diagnostics: Diagnostic[];
}

export function compile(config: Config, lock: Lock, options: CompileOptions): Compiled {
  const project = { name: config.project.name, id: config.project.id };
  const compiled = compilePolicy(config, lock, { certificate: null, ...options });
  const diagnostics = [...lockProblems(config, lock), ...compiled.diagnostics];
  const shape = compiled.policy({});
  const servers = config.servers.flatMap((server) => serverContainer(config, server, lock, options));
  const system = systemContainers(config, options);
  return {
    policy: compiled.policy,
    diagnostics,
    desired: {
      project: { ...project, previously: config.project.previously, elsewhere: config.project.elsewhere },
      protected: protectedBy(config),
      moved: config.moved.map(({ from, to }) => ({ from, to })),
      images: [options.systemImage, ...Object.values(options.images)],
      networks: networks(config, project),
      remotes: remotes(config, lock),
      volumes: volumes(config, project),
      externals: externals(config),
      containers: [...servers, ...system],
      policy: {
        access: accessOf(shape),
        tokens: tokensOf(shape),
        revoked: shape.revoked,
        form: knownForm(),
        certificate: certificateOf(shape),
        telemetry: telemetryOf(shape),
        digest: (routes) => policyDigest(compiled.policy(routes)),
      },
    },
  };
}

function protectedBy(config: Config): DesiredState['protected'] {
  const where = ({ file, path }: Pointer): Range | undefined =>
    config.locate({ file, path: [...path, 'prevent_destroy'] }, 'key');
  return [
    ...config.servers.flatMap(({ name, preventDestroy, at }) =>
      preventDestroy ? [{ address: `server.${name}` as const, range: where(at) }] : [],
    ),
    ...config.volumes.flatMap(({ name, preventDestroy, at }) =>
      preventDestroy ? [{ address: `volume.${name}` as const, range: where(at) }] : [],
    ),
  ];
}

function serverContainer(
  config: Config,
  server: ServerConfig,
  lock: Lock,
  { images }: CompileOptions,
): DesiredContainer[] {
  const image = images[server.name];
  const definitions = lock.servers[server.name]?.hashes.all;
  if (!image || definitions === undefined) return []; // told as a diagnostic
  const spec = serverSpec(config, server, image);
  return [
    {
      address: `server.${server.name}`,
      spec: { ...spec, labels: { ...spec.labels, [LABEL.definitions]: definitions } },
      image: image.address,
      replace: replacement(server),
      start: 'bridge',
      definitions,
    },
  ];
}

/** The published one, and one for each container that speaks HTTP: from there, nothing but the proxy can be reached. */
function networks(config: Config, project: ProjectIdentity): DesiredNetwork[] {
  const pool = config.project.networkPool;
  const own = config.servers.filter(({ transport }) => transport.type === 'http');
  return [
    {
      address: 'network.published',
      name: engineName.network(project.name),
      internal: false,
      pool,
      labels: labels(project, 'network.published'),
    },
    ...own.map(({ name }): DesiredNetwork => {
      const address = `network.server-${name}` as const;
      const network = engineName.serverNetwork(project.name, name);
      return { address, name: network, internal: true, pool, labels: labels(project, address) };
    }),
  ];
}

function remotes(config: Config, lock: Lock): DesiredRemote[] {
  return config.servers.flatMap(({ name, transport }) => {
    const definitions = lock.servers[name]?.hashes.all;
    if (transport.type !== 'remote' || definitions === undefined) return [];
    return [{ address: `server.${name}`, ...remoteFacts(transport, definitions) }];
  });
}

function systemContainers(config: Config, { systemImage, engineSocket }: CompileOptions): DesiredContainer[] {
  const { reference } = systemImage;
  const own = { image: systemImage.address, replace: 'stop-first', definitions: null } as const;
  return [
    { ...own, address: 'control', spec: controlSpec(config, reference), start: 'never' },
    { ...own, address: 'bridge', spec: bridgeSpec(config, reference, engineSocket), start: 'apply' },
    { ...own, address: 'proxy', spec: proxySpec(config, reference), start: 'apply' },
  ];
}

/** Who owns the top folder of each of Toolcrib's volumes, and which of them hold what must not be lost. */
const SYSTEM_VOLUMES: readonly { volume: SystemVolume; owner: string; keep: boolean }[] = [
  { volume: 'policy', owner: '0:0', keep: false },
  { volume: 'ack', owner: '65532:65532', keep: false },
  { volume: 'audit', owner: '65532:65532', keep: true },
  { volume: 'run', owner: '0:65532', keep: false },
];

function volumes(config: Config, project: ProjectIdentity): DesiredVolume[] {
  const system = SYSTEM_VOLUMES.map(({ volume, owner, keep }): DesiredVolume => {
    const address = `volume.system.${volume}` as const; // a dot: no declared name has one
    return { address, name: engineName.system(project.name, volume), owner, keep, labels: labels(project, address) };
  });
  const own = config.volumes.filter(({ external }) => external === null);
  const declared = own.map(({ name }): DesiredVolume => {
    const address = `volume.${name}` as const;
    const owner = ownerOf(name, config.servers);
    return {
      address,
      name: engineName.volume(project.name, name),
      owner,
      keep: true,
      labels: labels(project, address),
    };
  });
  return [...system, ...declared];
}

function externals(config: Config): DesiredExternal[] {
  return config.volumes.flatMap(({ name, external, at }): DesiredExternal[] => {
    if (external === null) return [];
    const range = config.locate({ file: at.file, path: [...at.path, 'name'] });
    return [{ address: `volume.${name}`, name: external, range }];
  });
}

/** The first server that writes to it, where that one names its user by number. */
function ownerOf(volume: string, servers: readonly ServerConfig[]): string {
  const writer = servers.find(({ mounts }) =>
    mounts.some((mount) => mount.type === 'volume' && mount.source === volume && !mount.readonly),
  );
  const user = /^(\d+)(?::(\d+))?$/.exec(writer?.user ?? '');
  return user ? `${user[1]}:${user[2] ?? user[1]}` : '65532:65532';
}

function labels(project: ProjectIdentity, address: string): Record<string, string> {
  return { [LABEL.project]: project.name, [LABEL.projectId]: project.id, [LABEL.address]: address };
}
