/**
 * Walks a plan. A resource that fails takes its own later steps with it and nothing else, so that the old
 * server goes on serving and the rest converges; a failing policy or system container stops everything.
 */
import { Failure, problem } from '../diagnostics/failure.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { kindOf, nameOf } from '../model/address.js';
import type { Address } from '../model/address.js';
import { nothing } from '../compile/stages.js';
import type { Plan, Step } from '../plan/plan.js';
import type { FailedResource, Outcome } from './outcome.js';
import type { ApplyPorts } from './ports.js';
import type { Progressing } from './progressing.js';
import { describe } from './describe.js';
import { restoreSystem } from './restore.js';
import { runStep, targetKey } from './run-step.js';
import { waves } from './waves.js';

export async function applyPlan(plan: Plan, ports: ApplyPorts): Promise<Outcome> {
  const run = begin(plan, ports);
  const outcome: Outcome = { done: [], failed: [], skipped: [], interrupted: false };
  let stopped = false;
  for (const wave of waves(plan.steps, ports.parallelism)) {
    outcome.interrupted ||= ports.signal.aborted;
    const runnable = stopped || outcome.interrupted ? [] : wave.filter((step) => !isBlocked(step, run, ports));
    outcome.skipped.push(...wave.filter((step) => !runnable.includes(step)));
    const failures = await Promise.all(runnable.map((step) => attempt(step, run, outcome)));
    for (const failure of failures) {
      if (!failure) continue;
      outcome.failed.push(failure);
      const servers = serversOf(failure.address, ports);
      servers.forEach((server) => run.failedServers.add(server));
      stopped ||= servers.length === 0;
    }
    if (failures.some((each) => each !== null) && !isSettled(outcome)) await removeFailedCandidates(run, plan);
  }
  if (stopped || outcome.interrupted) await restore(run, plan, outcome);
  if (outcome.interrupted && !stopped && !isSettled(outcome)) await abandon(run, plan, outcome);
  return outcome;
}

function begin(plan: Plan, ports: ApplyPorts): Progressing {
  return {
    ports,
    images: new Map(),
    created: new Map(),
    upSince: new Map(),
    gates: plan.steps.filter((step) => step.do === 'gate').length,
    control: ports.control,
    bridge: ports.bridge,
    volumes: new Set(ports.volumes),
    proxyListens: ports.proxyListens,
    failedServers: new Set(),
    policy: ports.live ?? nothing(ports.desired),
    live: ports.live,
    newest: ports.liveFile ?? null,
    nextSeq: ports.nextSeq,
    files: ports.files ?? [],
    detail: (step, line) => ports.notify({ id: describe(step), state: 'detail', text: `${describe(step)}: ${line}` }),
    tell: (step, text, deadline) =>
      ports.notify({
        id: describe(step),
        state: 'waiting',
        text: `${describe(step)}: ${text}`,
        ...(deadline === undefined ? {} : { deadline }),
      }),
  };
}

async function attempt(step: Step, run: Progressing, outcome: Outcome): Promise<FailedResource | null> {
  const text = describe(step);
  const since = performance.now();
  const seconds = (): number => (performance.now() - since) / 1000;
  run.ports.notify({ id: text, state: 'started', text });
  try {
    await runStep(step, run);
  } catch (error) {
    const address = addressOf(step);
    run.ports.notify({ id: text, state: 'failed', text, seconds: seconds() });
    return { address, diagnostics: asDiagnostics(error, address) };
  }
  run.ports.notify({ id: text, state: 'done', text, seconds: seconds() });
  outcome.done.push(step);
  return null;
}

function asDiagnostics(error: unknown, address: Address): readonly Diagnostic[] {
  if (error instanceof Failure) return error.diagnostics.map((each) => ({ address, ...each }));
  const words = error instanceof Error ? error.message : String(error);
  return [problem('internal', words, 'Please report this, with the plan that led to it.', { address })];
}

/** Servers that cannot go on when this address failed; none: nothing can. */
function serversOf(address: Address, ports: ApplyPorts): string[] {
  if (kindOf(address) === 'server') return [nameOf(address)];
  return [...ports.containers.values()]
    .filter((container) => container.image === address && kindOf(container.address) === 'server')
    .map((container) => nameOf(container.address));
}

function isBlocked(step: Step, run: Progressing, ports: ApplyPorts): boolean {
  return serversOf(addressOf(step), ports).some((server) => run.failedServers.has(server));
}

function addressOf(step: Step): Address {
  return step.do === 'policy' ? 'policy' : step.address;
}

/** Of the new proxy or bridge, that it never proved itself: whoever stopped the old one for it starts that again. */
async function restore(run: Progressing, plan: Plan, outcome: Outcome): Promise<void> {
  const restored = await restoreSystem(run, plan, outcome);
  const [first, ...others] = outcome.failed.at(-1)?.diagnostics ?? [];
  if (restored === null || !first) return;
  const detail = `${first.detail}\n${restored}`;
  outcome.failed.splice(-1, 1, {
    address: 'proxy',
    ...outcome.failed.at(-1),
    diagnostics: [{ ...first, detail }, ...others],
  });
}

/** Told to stop while generations were being gated: those that have not passed go, and the old ones serve on. */
async function abandon(run: Progressing, plan: Plan, outcome: Outcome): Promise<void> {
  const gates = plan.steps.filter((step) => step.do === 'gate');
  const presented = outcome.done.some((step) => step.do === 'policy') && gates.length > 0;
  const final = outcome.skipped.find((step) => step.do === 'policy' && step.stage === 'final');
  if (!presented || !final) return;
  for (const gate of gates) if (!outcome.done.includes(gate)) run.failedServers.add(gate.server);
  await removeFailedCandidates(run, plan);
  outcome.skipped.splice(outcome.skipped.indexOf(final), 1);
  const failure = await attempt(final, run, outcome);
  if (failure) outcome.failed.push(failure);
}

/** From here on the new generations serve: what fails now is the tidying up behind them. */
function isSettled({ done }: Outcome): boolean {
  return done.some((step) => step.do === 'policy' && step.stage === 'final');
}

/**
 * A generation that failed its gate goes before the old one serves again: the two may not be allowed to run side by
 * side. One that cannot be removed is left over, which the next plan sees.
 */
async function removeFailedCandidates(run: Progressing, plan: Plan): Promise<void> {
  for (const step of plan.steps) {
    if (step.do !== 'create-container' || kindOf(step.address) !== 'server') continue;
    const key = targetKey(step.address, step.generation);
    const id = run.failedServers.has(nameOf(step.address)) ? run.created.get(key) : undefined;
    if (id === undefined) continue;
    run.created.delete(key);
    await run.ports.engine.removeContainer(id).catch(() => undefined);
  }
}
