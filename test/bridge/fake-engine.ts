/**
 * An engine in memory, with programs instead of processes. What it claims about attach, start, stop and wait
 * is what real-engine.test.ts shows of the real one.
 */
import type { BridgeEngine } from '../../src/bridge/surroundings.js';
import type { Attachment, ContainerSummary } from '../../src/engine/engine.js';
import type { ContainerInspect, ImageInspect } from '../../src/model/inspect.js';
import { engineName, LABEL } from '../../src/model/labels.js';

export const PROJECT = { name: 'acme', id: '7c1f0a52-0000-4000-8000-000000000001' };

/** What a program can do with its stdio. */
export interface Stdio {
  onStdin(listener: (chunk: Buffer) => void): void;
  stdout(text: string | Buffer): void;
  stderr(text: string): void;
  exit(code: number, oom?: boolean): void;
}

export type Program = (stdio: Stdio) => void;

/** Sends back what it gets. */
export const echo: Program = (stdio) => stdio.onStdin((chunk) => stdio.stdout(chunk));

class FakeAttachment implements Attachment {
  onStdin: ((chunk: Buffer) => void) | null = null;
  paused = false;
  destroyed = false;
  closed = false;
  /** Bytes to stdin are taken only when this says so. */
  gate: Promise<void> = Promise.resolve();
  #out: ((chunk: Buffer) => void) | null = null;
  #err: ((chunk: Buffer) => void) | null = null;
  #close: (() => void)[] = [];
  #queue: (() => void)[] = [];

  async write(data: Buffer): Promise<void> {
    if (this.closed) throw new Error('write after end');
    await this.gate;
    this.onStdin?.(data);
  }
  end(): void {
    this.close();
  }
  onStdout(listener: (chunk: Buffer) => void): void {
    this.#out = listener;
  }
  onStderr(listener: (chunk: Buffer) => void): void {
    this.#err = listener;
  }
  onClose(listener: () => void): void {
    this.#close.push(listener);
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
    this.#drain();
  }
  destroy(): void {
    this.destroyed = true;
    this.close();
  }

  stdout(chunk: Buffer): void {
    this.#enqueue(() => this.#out?.(chunk));
  }
  stderr(chunk: Buffer): void {
    this.#enqueue(() => this.#err?.(chunk));
  }
  /** The engine ends the stream after everything in it was read. */
  close(): void {
    this.closed = true;
    this.#enqueue(() => {
      const listeners = this.#close;
      this.#close = [];
      for (const listener of listeners) listener();
    });
  }
  #enqueue(deliver: () => void): void {
    this.#queue.push(deliver);
    this.#drain();
  }
  #drain(): void {
    while (!this.paused) {
      const next = this.#queue.shift();
      if (!next) return;
      next();
    }
  }
}

interface FakeContainer {
  inspect: ContainerInspect;
  program: Program;
  attachment: FakeAttachment | null;
  exited: (() => void)[];
}

export class FakeEngine implements BridgeEngine {
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Map<string, ImageInspect>();
  /** Every call, `start ID`. */
  readonly calls: string[] = [];
  /** Method → what it throws instead of working. */
  readonly broken = new Map<string, Error>();
  /** Methods that never answer. */
  readonly hung = new Set<string>();

  add(server: string, generation: number, program: Program, change: Change = {}): string {
    const id = change.name ?? engineName.server(PROJECT.name, server, generation);
    const image = change.image ?? 'sha256:plain';
    if (!this.images.has(image) && image !== 'sha256:gone') this.addImage(image, {});
    const labels = {
      [LABEL.project]: PROJECT.name,
      [LABEL.projectId]: PROJECT.id,
      [LABEL.address]: `server.${server}`,
      [LABEL.generation]: String(generation),
      ...change.labels,
    };
    const inspect: ContainerInspect = {
      Id: id,
      Name: `/${id}`,
      Created: '2026-11-22T00:00:00Z',
      Image: image,
      State: { Status: 'created', Running: false, ExitCode: 0 },
      Config: { Image: image, Labels: labels, StopTimeout: 3, OpenStdin: change.stdin ?? true },
      HostConfig: {},
      NetworkSettings: {},
    };
    this.containers.set(id, { inspect, program, attachment: null, exited: [] });
    return id;
  }

  addImage(id: string, labels: Record<string, string>): void {
    this.images.set(id, { Id: id, Os: 'linux', Architecture: 'amd64', Config: { Labels: labels } });
  }

  /** The process ends: by itself, or by somebody outside. */
  exit(id: string, code: number, oom = false): void {
    const { inspect, attachment, exited } = this.#get(id);
    Object.assign(inspect.State, { Status: 'exited', Running: false, ExitCode: code, OOMKilled: oom });
    attachment?.close();
    for (const resolve of exited.splice(0)) resolve();
  }

  attachment(id: string): FakeAttachment {
    const { attachment } = this.#get(id);
    if (!attachment) throw new Error(`${id} was never attached`);
    return attachment;
  }

  running(id: string): boolean {
    return this.#get(id).inspect.State.Running;
  }

  listContainers(labels: string[]): Promise<ContainerSummary[]> {
    return this.#call('list', '', () =>
      [...this.containers.values()]
        .map(({ inspect }) => ({
          id: inspect.Id,
          names: [inspect.Name.slice(1)],
          labels: inspect.Config.Labels ?? {},
          state: inspect.State.Status,
          imageId: inspect.Image,
        }))
        .filter((each) =>
          labels.every((label) => {
            const [key = '', value] = label.split('=');
            return value === undefined ? each.labels[key] !== undefined : each.labels[key] === value;
          }),
        ),
    );
  }
  inspectContainer(id: string): Promise<ContainerInspect | null> {
    return this.#call('inspect', id, () => structuredClone(this.containers.get(id)?.inspect ?? null));
  }
  inspectImage(id: string): Promise<ImageInspect | null> {
    return this.#call('image', id, () => this.images.get(id) ?? null);
  }
  attach(id: string): Promise<Attachment> {
    return this.#call('attach', id, () => (this.#get(id).attachment = new FakeAttachment()));
  }
  cloneContainer(original: string, name: string, labels: Readonly<Record<string, string>>): Promise<string> {
    return this.#call('clone', `${original} ${name}`, () => {
      const { inspect, program } = this.#get(original);
      if (this.containers.has(name)) throw new Error(`Conflict. The name ${name} is in use`);
      const copy = structuredClone(inspect);
      copy.Id = name;
      copy.Name = `/${name}`;
      copy.Config.Labels = { ...copy.Config.Labels, ...labels };
      copy.State = { Status: 'created', Running: false, ExitCode: 0 };
      this.containers.set(name, { inspect: copy, program, attachment: null, exited: [] });
      return name;
    });
  }
  removeContainer(id: string): Promise<void> {
    return this.#call('remove', id, () => {
      if (this.containers.get(id)?.inspect.State.Running) this.exit(id, 137);
      this.containers.delete(id);
    });
  }
  startContainer(id: string): Promise<void> {
    return this.#call('start', id, () => {
      const { inspect, program, attachment } = this.#get(id);
      Object.assign(inspect.State, { Status: 'running', Running: true });
      if (!attachment) return;
      program({
        onStdin: (listener) => (attachment.onStdin = listener),
        stdout: (text) => attachment.stdout(Buffer.from(text)),
        stderr: (text) => attachment.stderr(Buffer.from(text)),
        exit: (code, oom) => this.exit(id, code, oom),
      });
    });
  }
  stopContainer(id: string, seconds: number): Promise<void> {
    return this.#call('stop', `${id} ${seconds}`, () => {
      if (this.running(id)) this.exit(id, 143);
    });
  }
  waitContainer(id: string): Promise<number> {
    const { inspect, exited } = this.#get(id);
    if (!inspect.State.Running) return Promise.resolve(inspect.State.ExitCode);
    return new Promise((resolve) => exited.push(() => resolve(inspect.State.ExitCode)));
  }

  #get(id: string): FakeContainer {
    const container = this.containers.get(id);
    if (!container) throw new Error(`no container ${id}`);
    return container;
  }

  async #call<T>(method: string, argument: string, work: () => T): Promise<T> {
    this.calls.push(`${method} ${argument}`.trim());
    await Promise.resolve();
    const error = this.broken.get(method);
    if (error) throw error;
    if (this.hung.has(method)) await new Promise(() => undefined);
    return work();
  }
}

export interface Change {
  name?: string;
  image?: string;
  labels?: Record<string, string>;
  /** false: it speaks HTTP. */
  stdin?: boolean;
}
