/**
 * `toolcrib doctor`: what engine, machine and project lack, each with how to mend it. Reads only unless it is told to
 * probe, and goes on where something does not answer: that is a finding, too.
 */
import { Failure } from '../diagnostics/failure.js';
import { look, observe } from '../docker/observe.js';
import type { Engine } from '../engine/engine.js';
import type { Context, Loaded } from './context.js';
import { load, openEngine } from './context.js';
import { engineFindings } from './doctor/engine.js';
import { machineFindings } from './doctor/machine.js';
import { probeFindings } from './doctor/probe.js';
import { fileFindings, roomFindings } from './doctor/project.js';
import { failed } from './doctor/finding.js';
import type { Finding, Found } from './doctor/finding.js';

export type { Finding } from './doctor/finding.js';

/** The shape of `doctor --json`. */
export interface DoctorReport {
  /** Nothing failed; warnings are no failure. */
  healthy: boolean;
  findings: Finding[];
}

/** @param probe also tries what cannot be read: makes a container and a network, and removes them. */
export async function doctor(context: Context, probe = false): Promise<DoctorReport> {
  const project = await attempt('declaration', () => load(context));
  const reached = await attempt('answers', () => openEngine(context, project.value?.config.project, true));
  const engine = reached.value;
  const facts = engine && (await engine.facts());
  const config = project.value?.config ?? null;
  const machine = await machineFindings(context, config, facts?.platform ?? null, facts?.endpoint ?? null);
  const seen = engine && config && (await observe(await look(engine).listing, config.project, { imageReferences: [] }));
  const probed = await attempt('probe', async () =>
    probe && engine && config && seen ? await probeFindings(config, engine, seen) : [],
  );
  const findings = [
    ...reached.found.map(within('engine')),
    ...(engine ? await ofEngine(engine, project.value, context) : []).map(within('engine')),
    ...[...probed.found, ...(probed.value ?? [])].map(within('engine')),
    ...machine.map(within('machine')),
    ...project.found.map(within('project')),
    ...(project.value ? fileFindings(project.value, context) : []).map(within('project')),
    ...(project.value && engine && seen ? await roomFindings(project.value, context, engine, seen) : []).map(
      within('project'),
    ),
  ];
  return { healthy: findings.every((each) => each.state !== 'fail'), findings };
}

async function ofEngine(engine: Engine, loaded: Loaded | null, context: Context): Promise<Found[]> {
  const { NEWEST } = await import('../docker/connect.js');
  const proxy = loaded?.config.project.proxy;
  const listen = proxy ? `${proxy.host}:${proxy.port}` : null;
  const from = context.now();
  const info = await engine.info();
  return engineFindings(await engine.facts(), info, {
    listen,
    newestApi: NEWEST,
    asked: { from, until: context.now() },
  });
}

/** What fails is found, each diagnostic by itself. */
async function attempt<T>(check: string, work: () => Promise<T>): Promise<{ value: T | null; found: Found[] }> {
  try {
    return { value: await work(), found: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const found = error.diagnostics
      .filter((each) => each.severity === 'error')
      .map(({ detail, fix, range }) =>
        failed(check, range ? `${range.file}:${range.start.line}:${range.start.column}: ${detail}` : detail, fix),
      );
    return { value: null, found };
  }
}

const within =
  (area: Finding['area']) =>
  (found: Found): Finding => ({ area, ...found });
