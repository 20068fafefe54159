/** The labels that mark what Toolcrib made (DESIGN.md, Ownership), and the names it gives on the engine. */

export const LABEL = {
  project: 'io.toolcrib.project',
  projectId: 'io.toolcrib.project-id',
  address: 'io.toolcrib.address',
  generation: 'io.toolcrib.generation',
  instance: 'io.toolcrib.instance',
  /** On server containers: who shares an instance, `shared`, `agent`, … or `replicas-3`. Other than `shared` it is a template. */
  instances: 'io.toolcrib.instances',
  /** On server containers: `stdio`, or `http:PORT/PATH`. */
  transport: 'io.toolcrib.transport',
  /** On images: the hash of everything the image was built from. */
  inputs: 'io.toolcrib.inputs',
  /** On server containers: hash of the locked definitions that this generation is gated against. */
  definitions: 'io.toolcrib.definitions',
  /** On server containers: what follows the end of the process, where it is not a new start (model/restart.ts). */
  restart: 'io.toolcrib.restart',
  /** On containers: the declared spec as last applied. Tells only the *cause* of a difference, never whether there is one. */
  applied: 'io.toolcrib.applied',
  /** On control: a certificate's key lies behind it. */
  keys: 'io.toolcrib.keys',
  /** On the lock container: who holds it and since when, as JSON. */
  holder: 'io.toolcrib.holder',
} as const;

export const LABEL_PREFIX = 'io.toolcrib.';

export interface ProjectIdentity {
  name: string;
  /** UUID written by `init`. A project of the same name with another id is never touched. */
  id: string;
  /** Names that it had before: what bears one of them is this project's, too. */
  previously?: readonly string[];
  /** Names of the same project in other environments: not to be touched, and no reason to wonder. */
  elsewhere?: readonly string[];
}

/**
 * Names of engine objects. Dots separate, because names hold hyphens: `toolcrib.a.server.b-c.g1`
 * can be read one way only.
 */
export const engineName = {
  server: (project: string, server: string, generation: number): string =>
    `toolcrib.${project}.server.${server}.g${generation}`,
  /** A running copy of a server's template; the key ends the name. */
  instance: (project: string, server: string, generation: number, instance: string): string =>
    `toolcrib.${project}.server.${server}.g${generation}.${instance}`,
  proxy: (project: string, generation: number): string => `toolcrib.${project}.proxy.g${generation}`,
  bridge: (project: string, generation: number): string => `toolcrib.${project}.bridge.g${generation}`,
  control: (project: string, generation: number): string => `toolcrib.${project}.control.g${generation}`,
  lock: (project: string): string => `toolcrib.${project}.lock`,
  seed: (project: string, volume: string): string => `toolcrib.${project}.seed.${volume}`,
  /** Sealed one-off container that `toolcrib lock` reads definitions from. */
  probe: (project: string, server: string, nonce: string): string => `toolcrib.${project}.probe.${server}.${nonce}`,
  /** One-off container in which a new proxy or bridge proves itself before the old one stops. */
  rehearsal: (project: string, role: 'proxy' | 'bridge'): string => `toolcrib.${project}.rehearsal.${role}`,
  network: (project: string): string => `toolcrib.${project}.published`,
  /** Shared by the proxy and one server that speaks HTTP, all its generations and instances. */
  serverNetwork: (project: string, server: string): string => `toolcrib.${project}.network.${server}`,
  /** Internal volumes: policy, ack, audit, run. */
  system: (project: string, volume: SystemVolume): string => `toolcrib.${project}.${volume}`,
  volume: (project: string, volume: string): string => `toolcrib.${project}.volume.${volume}`,
  image: (project: string, what: string, inputs: string): string =>
    `toolcrib/${project}/${what}:${inputs.replace(/^sha256:/, '').slice(0, 16)}`,
} as const;

/** policy: the artifacts. ack: what the proxy enforces now. audit: the log. run: the bridge's socket. */
export type SystemVolume = 'policy' | 'ack' | 'audit' | 'run';
