/** One step, one engine call (or one wait). Nothing is decided here but what the step says. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import type { ResolvedContainer } from '../model/container.js';
import type { DesiredContainer } from '../model/state.js';
import { engineName, LABEL } from '../model/labels.js';
import { readAck, readPolicyFiles } from '../docker/control.js';
import { isConflict } from '../docker/errors.js';
import { readPolicy } from '../policy/read.js';
import { resolveStep } from '../plan/fields/expected.js';
import type { ContainerTarget, Step } from '../plan/plan.js';
import { createNetwork } from './create-network.js';
import { createOnVolumes } from './on-volumes.js';
import { ackReader, enforce } from './enforce.js';
import type { Progressing } from './progressing.js';
import { prove } from './prove.js';
import { rehearse } from './rehearse.js';
import { startSystem } from './start-system.js';
import { asLastWords, lastWords } from './last-words.js';
import { updateCopies } from './update-copies.js';
import { gateSeconds, NO_PAUSE_MS, untilReady } from './wait.js';

export async function runStep(step: Step, run: Progressing): Promise<void> {
  const { engine, project } = run.ports;
  switch (step.do) {
    case 'image':
      run.images.set(step.address, await run.ports.ensureImage(step.address, (line) => run.detail(step, line)));
      return;
    case 'create-network':
      return createNetwork(step, engine);
    case 'create-volume': {
      const seed = await seedImage(run);
      const labels = { [LABEL.project]: project.name, [LABEL.projectId]: project.id };
      await engine.createVolume(step, { image: seed, name: engineName.seed(project.name, step.name), labels });
      run.volumes.add(step.name);
      return;
    }
    case 'create-container':
      return createContainer(step, run);
    case 'update-container':
      return engine.updateContainer(step.id, step.set);
    case 'update-copies':
      return updateCopies(step, engine, project);
    case 'start-container':
      return start(step, run);
    case 'rehearse':
      return rehearse(step, await resolveNow(declared(step.address, run), step.generation, run), run);
    case 'prove':
      return prove(step, containerId({ created: step.address, generation: step.generation }, run), run);
    case 'stop-container':
      if (step.address === 'proxy') run.proxyListens = false;
      run.tell(step, 'waiting until it has ended', step.timeout);
      return engine.stopContainer(step.id, step.timeout);
    case 'remove-container':
      return engine.removeContainer(step.id);
    case 'connect-network':
      return engine.connectNetwork(step.network, containerId(step.target, run));
    case 'disconnect-network':
      return engine.disconnectNetwork(step.network, step.id);
    case 'remove-network':
      return engine.removeNetwork(step.id);
    case 'remove-volume':
      return engine.removeVolume(step.name);
    case 'remove-image':
      return removeImage(step, run);
    case 'policy':
      return enforce(step.stage, run);
    case 'gate':
      return gate(step, run);
  }
}

async function removeImage(step: Extract<Step, { do: 'remove-image' }>, run: Progressing): Promise<void> {
  const { engine } = run.ports;
  if (!step.untagged) return engine.removeImage(step.id);
  // A build that was cut off left it. The next build may have found it in its cache: then it is named, or built on.
  if (((await engine.inspectImage(step.id))?.RepoTags ?? []).length > 0) return;
  await engine.removeImage(step.id).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
}

async function start(step: Extract<Step, { do: 'start-container' }>, run: Progressing): Promise<void> {
  const { address } = step;
  const id = containerId(step.target, run);
  if (address === 'proxy' || address === 'bridge') await startSystem(step, address, id, run);
  else await run.ports.engine.startContainer(id);
  if (address === 'proxy') run.proxyListens = true;
}

function declared(address: Address, run: Progressing): DesiredContainer {
  const desired = run.ports.containers.get(address);
  if (!desired) throw new Error(`no declaration for ${address}`);
  return desired;
}

async function createContainer(step: Extract<Step, { do: 'create-container' }>, run: Progressing): Promise<void> {
  const resolved = step.resolved ?? (await resolveNow(declared(step.address, run), step.generation, run));
  const id = await createOnVolumes(run.ports.engine, step, resolved).catch((error: unknown) => {
    throw step.address === 'bridge' ? socketElsewhere(error) : error;
  });
  run.created.set(targetKey(step.address, step.generation), id);
  if (step.address === 'control') await lookBehind(id, run);
  if (step.address === 'bridge') run.bridge = id;
}

/** Without control nobody could tell which policy is in force: the volumes know, and the proxy takes no lower number. */
async function lookBehind(control: string, run: Progressing): Promise<void> {
  const { engine } = run.ports;
  run.control = control;
  delete run.acks;
  const [files, ack] = await Promise.all([readPolicyFiles(engine, control), readAck(engine, control)]);
  run.files = files;
  run.nextSeq = Math.max(run.nextSeq, (files[0]?.seq ?? 0) + 1, (ack?.seq ?? 0) + 1);
  const read = files[0] && readPolicy(Buffer.from(files[0].text));
  if (!read || !('policy' in read)) return;
  run.policy = run.live = read.policy;
  run.newest = files[0] ?? null;
}

/** The bridge's one bind mount is the engine's socket. */
function socketElsewhere(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const fix =
    'Say where the engine’s own host has its socket: `project: {engine: {socket: /path}}`, or TOOLCRIB_ENGINE_SOCKET.';
  const diagnostics = error.diagnostics.map((each) => (each.code === 'mount_source_missing' ? { ...each, fix } : each));
  return new Failure(diagnostics, error.exit);
}

/** The plan could not know what the image says: it was not there yet. */
async function resolveNow(desired: DesiredContainer, generation: number, run: Progressing): Promise<ResolvedContainer> {
  const image = await run.ports.engine.inspectImage(desired.spec.image);
  if (image) return resolveStep(desired, generation, image);
  return fail('image_not_found', `${desired.spec.image} is not on the engine.`, 'Run `toolcrib apply` again.', {
    address: desired.address,
  });
}

async function gate(step: Extract<Step, { do: 'gate' }>, run: Progressing): Promise<void> {
  const control = run.control;
  if (control === null) throw new Error('a gate before the control container');
  const seconds = run.ports.timeoutSeconds ?? gateSeconds(run.gates);
  run.tell(step, `waiting for the handshake`, seconds);
  const serving = run.live?.servers[step.server]?.serving === step.generation;
  const failure = await untilReady(
    ackReader(run, control),
    { ...step, serving },
    seconds,
    run.ports.signal,
    NO_PAUSE_MS,
  );
  if (failure) throw new Failure([await withLastWords(failure, step, run)]);
}

async function withLastWords(
  failure: Diagnostic,
  step: { server: string; generation: number },
  run: Progressing,
): Promise<Diagnostic> {
  const words = run.bridge === null ? [] : await lastWords(run.ports.engine, run.bridge, step);
  return { ...failure, detail: `${failure.detail}${asLastWords(words, ' on stderr')}` };
}

/** Any container can be the seed of a volume; the system image is there before anything else is. */
async function seedImage(run: Progressing): Promise<string> {
  return (await run.ports.ensureImage('image.system', () => undefined)).reference;
}

export function targetKey(address: Address, generation: number): string {
  return `${address}@${generation}`;
}

function containerId(target: ContainerTarget, run: Progressing): string {
  if ('id' in target) return target.id;
  const id = run.created.get(targetKey(target.created, target.generation));
  if (id === undefined) throw new Error(`${target.created} was not created`);
  return id;
}
