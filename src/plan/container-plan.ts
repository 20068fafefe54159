/** One declared container against the engine: what becomes of it, as a change in words and as material for the steps. */
import { kindOf, nameOf } from '../model/address.js';
import { generationKey } from '../model/ack.js';
import type { Json } from '../model/definitions.js';
import type { ResolvedContainer } from '../model/container.js';
import { restartOf, staysEnded } from '../model/restart.js';
import type { ImageInspect } from '../model/inspect.js';
import { LABEL } from '../model/labels.js';
import type { ActualState, DesiredContainer, DesiredState, OwnedContainer } from '../model/state.js';
import { unchanged } from './changes.js';
import { containerName, nextGeneration, standing } from './current.js';
import { compare, SILENT } from './fields/differ.js';
import type { Difference } from './fields/differ.js';
import { inherited, resolve, resolveStep } from './fields/expected.js';
import { isInPlace } from './fields/table.js';
import { origin } from './moved.js';
import type { Action, Cause, Change, ContainerUpdate, Disruption, FieldChange } from './plan.js';
import { joiningOf, NO_JOINING } from './fields/joining.js';
import type { Joining } from './fields/joining.js';
import { expectedFields } from './fields/projection.js';
import { shownValue } from './fields/sensitive.js';
import type { Live, Surroundings } from './fields/sides.js';
import { whole } from './whole.js';

export interface ContainerPlan {
  desired: DesiredContainer;
  current: OwnedContainer | null;
  leftovers: OwnedContainer[];
  action: Exclude<Action, 'delete'>;
  /** The generation that is to serve; the current one's unless it is created or replaced. */
  generation: number;
  name: string;
  /** For a new container; null when its image is not on the engine yet. */
  resolved: ResolvedContainer | null;
  update: ContainerUpdate;
  joining: Joining;
  /** `state` differs: it must be started or waited for. */
  idle: boolean;
  /** A template that somebody started. */
  halt: boolean;
  change: Change;
}

export interface ContainerContext {
  desired: DesiredState;
  actual: ActualState;
  around: Surroundings;
  /** Networks that are made anew: who is on one has to be as well. */
  remade: ReadonlyMap<string, Cause>;
  /** Addresses that the user wants replaced whatever they look like. */
  replace: ReadonlySet<string>;
}

export function planContainer(container: DesiredContainer, context: ContainerContext): ContainerPlan {
  const { desired, actual } = context;
  const { current, leftovers, own } = standing(container.address, actual);
  const image = actual.images[container.spec.image] ?? null;
  const made = { desired: container, leftovers, update: {}, joining: NO_JOINING, idle: false, halt: false };
  const fresh = (): Pick<ContainerPlan, 'generation' | 'name' | 'resolved'> => {
    const generation = nextGeneration(container.address, own, actual);
    const name = containerName(desired.project.name, container.address, generation);
    return { generation, name, resolved: image && resolveStep(container, generation, image) };
  };
  if (!current) {
    const next = fresh();
    return { ...made, ...next, current, action: 'create', change: creation(container, image, actual, next.name) };
  }

  const name = containerName(desired.project.name, container.address, current.generation);
  const live: Live = { inspect: current.inspect, image: current.image, around: context.around };
  const movedFrom = origin(current, container);
  const compared = compare(container, name, image, live);
  const { fields: found, unknown, update } = compared;
  // The new container's name goes without saying.
  const fields = movedFrom === null ? found : found.filter(({ field }) => field !== 'name');
  const joining = joiningOf(container.spec, live, context.remade);
  const asked = context.replace.has(container.address);
  fields.push(...networkChange(container, fields, context.remade));
  if (update === null || context.remade.has(container.spec.network) || asked) {
    const next = fresh();
    const sides = { before: compared.before, after: { ...compared.after, name: next.name } };
    const change = changeOf(container, 'replace', fields, unknown, replaceReason(fields, asked, movedFrom));
    return { ...made, ...next, joining, current, action: 'replace', change: { ...change, ...sides } };
  }
  const halt = isTemplate(container) && isRunning(current);
  const state = halt ? started(current) : stateChange(container, current, actual);
  const all = state ? [...fields, state.field] : fields;
  const restart = restartOf(container.spec.labels);
  const { Status, ExitCode } = current.inspect.State;
  if (state && container.start === 'bridge' && Status === 'exited' && staysEnded(restart, ExitCode)) {
    const next = fresh();
    const sides = { before: compared.before, after: { ...compared.after, name: next.name } };
    const why = `it ended (exit code ${ExitCode}), and \`restart: ${restart}\` leaves it so`;
    const change = changeOf(container, 'replace', all, unknown, why);
    return { ...made, ...next, current, action: 'replace', change: { ...change, ...sides } };
  }
  const action = fields.length > 0 || halt ? 'update' : state ? 'start' : 'no-op';
  const reason = state?.reason ?? (fields.length > 0 ? 'can be changed while it runs' : 'as declared');
  const kept = { generation: current.generation, name, resolved: null };
  const change = withSides(changeOf(container, action, all, [], reason), compared, state?.field ?? null);
  return { ...made, ...kept, joining, current, action, update, halt, idle: state !== null && !halt, change };
}

/** @param state null: it is in the one that it should be in. */
function withSides(change: Change, compared: Difference, state: FieldChange | null): Change {
  return Object.defineProperties(change, {
    before: later(() => (state === null ? compared.before : { ...compared.before, state: state.before as string })),
    after: later(() => (state === null ? compared.after : { ...compared.after, state: state.after as string })),
  });
}

function later(value: () => Json): PropertyDescriptor {
  return { get: value, enumerable: true, configurable: true };
}

const CRASHES = 'it crashes, and the engine starts it again and again';

export function isPaused(container: OwnedContainer): boolean {
  return container.inspect.State.Paused === true || container.inspect.State.Status === 'paused';
}

/** Does its work: neither frozen nor started over and over. */
export function isUp(container: OwnedContainer): boolean {
  return container.inspect.State.Status === 'running' && !isPaused(container);
}

/** Being restarted by the engine counts as running: the engine is at it. */
export function isRunning(container: OwnedContainer): boolean {
  const { Status } = container.inspect.State;
  return Status === 'running' || Status === 'restarting' || isPaused(container);
}

function networkChange(
  { spec }: DesiredContainer,
  fields: readonly FieldChange[],
  remade: ReadonlyMap<string, Cause>,
): FieldChange[] {
  const cause = remade.get(spec.network);
  if (cause === undefined || fields.some(({ field }) => field === 'networks')) return [];
  return [{ field: 'networks', before: [spec.network], after: [`${spec.network} (made anew)`], cause }];
}

function creation(container: DesiredContainer, image: ImageInspect | null, actual: ActualState, name: string): Change {
  const removed = wasThere(container, actual);
  const cause: Cause = removed ? 'drift' : 'config';
  const reason = removed ? 'it was there and was removed outside toolcrib' : 'not on the engine yet';
  const unknown = image ? [] : [...inherited(container.spec, null)].sort();
  const side = expectedFields({ container: resolve(container.spec, image ?? SILENT), name });
  return {
    address: container.address,
    action: 'create',
    cause,
    disruption: 'none',
    reason,
    fields: newFields(container, image, cause),
    unknown,
    before: null,
    after: whole(side, { reference: container.spec.image, id: image?.Id ?? null }, unknown),
  };
}

/** What a new container will be, without what it has in common with every other or takes over from its image's environment. */
function newFields(container: DesiredContainer, image: ImageInspect | null, cause: Cause): FieldChange[] {
  const { spec } = container;
  const byImage = inherited(spec, image);
  const fields: FieldChange[] = [{ field: 'image', before: null, after: spec.image, cause }];
  for (const [field, { row, value }] of expectedFields({ container: resolve(spec, image ?? SILENT), name: '' })) {
    if (row.constant || row.field === 'image' || row.field === 'labels' || isNothing(value)) continue;
    if (byImage.has(field) && (image === null || row.each)) continue;
    fields.push({ field, before: null, after: shownValue(field, value), cause });
  }
  return fields;
}

function isNothing(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** A live policy that routes to it, or a project that runs without it, says that it was there before. */
export function wasThere({ address }: DesiredContainer, actual: ActualState): boolean {
  if (kindOf(address) === 'server') {
    const name = nameOf(address);
    return actual.policy?.routes[name] != null && actual.policy.remotes[name] === undefined;
  }
  if (address === 'control') return actual.containers.some((each) => each.address === 'proxy' && isRunning(each));
  return actual.policy !== null && actual.ack !== null;
}

/**
 * Who is to run: the proxy and the bridge always. A server is the bridge's to start, so one that stands still is only
 * told of when it is frozen, or when the proxy has given it up as well.
 */
function stateChange(
  { address, start }: DesiredContainer,
  current: OwnedContainer,
  actual: ActualState,
): { field: FieldChange; reason: string } | null {
  const paused = isPaused(current);
  const before = paused ? 'paused' : current.inspect.State.Status;
  const field: FieldChange = { field: 'state', before, after: 'running', cause: 'drift' };
  if (start === 'never') return null;
  // Of Toolcrib's own, one that the engine starts over and over does nothing.
  if (start === 'apply')
    return isUp(current)
      ? null
      : { field, reason: before === 'restarting' ? CRASHES : `it is ${before}, and should run` };
  if (isRunning(current) && !paused) return null;
  // Without a bridge nobody's servers are reached: that is the bridge's line.
  if (!paused && !actual.containers.some((each) => each.address === 'bridge' && isUp(each))) return null;
  const served = actual.policy?.routes[nameOf(address)] === current.generation;
  const said = actual.ack?.generations[generationKey(nameOf(address), current.generation)];
  if (!served || (!paused && said?.state !== 'failed')) return null;
  const why = said?.reason ? `: ${said.reason}` : '';
  return { field, reason: paused ? 'it is paused, and calls to it hang' : `it does not run${why}` };
}

/** Only its copies run; by itself it would be an instance that nobody was given. */
export function isTemplate({ start, spec }: DesiredContainer): boolean {
  return start === 'bridge' && (spec.labels[LABEL.instances] ?? 'shared') !== 'shared';
}

function started({ inspect }: OwnedContainer): { field: FieldChange; reason: string } {
  const field: FieldChange = { field: 'state', before: inspect.State.Status, after: 'created', cause: 'drift' };
  return { field, reason: 'it is a template, of which only copies run' };
}

function changeOf(
  container: DesiredContainer,
  action: Exclude<Action, 'delete' | 'create'>,
  fields: FieldChange[],
  unknown: string[],
  reason: string,
): Change {
  const disruption = disruptionOf(container, action, fields);
  return { ...unchanged(container.address, reason), action, cause: causeOf(fields), disruption, fields, unknown };
}

function disruptionOf(container: DesiredContainer, action: Action, fields: readonly FieldChange[]): Disruption {
  if (action === 'start') return fields.some((each) => each.before === 'paused') ? 'restart' : 'none';
  if (action !== 'replace' || container.start === 'never') return 'none';
  if (container.start === 'apply') return 'interrupts sessions';
  return container.replace === 'overlap' ? 'replace: old serves until new is ready' : 'replace: stops first';
}

/** The strongest of its fields' causes: what somebody wanted comes before what merely happened. */
export function causeOf(fields: readonly FieldChange[]): Cause | null {
  const order: readonly Cause[] = ['config', 'definition', 'credential', 'image', 'upgrade', 'drift'];
  return order.find((cause) => fields.some((field) => field.cause === cause)) ?? null;
}

function replaceReason(fields: readonly FieldChange[], asked: boolean, movedFrom: string | null): string {
  if (movedFrom !== null) return `moved from ${movedFrom}`;
  if (asked) return 'asked for by --replace';
  const names = fields.map((each) => each.field).filter((field) => !isInPlace(field));
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return `${shown} can only be changed by a new container`;
}
