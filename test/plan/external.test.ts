/** External volumes: used where they are, refused where they are not or are somebody's, and never touched. */
import { describe, expect, it } from 'vitest';
import type { VolumeInspect } from '../../src/model/inspect.js';
import { LABEL } from '../../src/model/labels.js';
import type { ActualState } from '../../src/model/state.js';
import { planProject } from '../../src/plan/plan-project.js';
import { planText } from '../../src/plan/views/text.js';
import { applySteps } from './support/apply-steps.js';
import { palette, planOf } from './support/base.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const MOUNTED: Declaration = {
  servers: { docs: { mounts: [{ volume: 'notes', target: '/notes' }] }, mail: {} },
  volumes: ['notes'],
  externals: { notes: 'legacy' },
};
const OWN: Declaration = { ...MOUNTED, externals: {} };
const DROPPED: Declaration = { servers: { docs: {}, mail: {} } };

const volume = (Name: string, Labels: Record<string, string> | null = null): VolumeInspect => ({
  Name,
  Driver: 'local',
  Labels,
});
const withForeign = (...foreignVolumes: VolumeInspect[]): ActualState => ({ ...nothingThere(), foreignVolumes });
const engine = withForeign(volume('legacy'), volume('nobody-asked'));
const world = applySteps(planOf(MOUNTED, engine).plan, declare(MOUNTED), { actual: engine, policy: null });
const refused = (declared: Declaration, actual: ActualState): (string | undefined)[][] =>
  planOf(declared, actual).diagnostics.map(({ code, address, detail, fix, range }) => [
    code,
    address,
    range?.file,
    detail,
    fix,
  ]);

describe('an external volume', () => {
  it('is mounted by its own name; nothing makes it, and the next plan is empty', () => {
    const { plan, diagnostics } = planOf(MOUNTED, engine);
    expect(diagnostics).toEqual([]);
    expect(plan.steps.filter((step) => step.do === 'create-volume').map(({ name }) => name)).not.toContain('legacy');
    expect(plan.accessChanges.map(({ text, risk }) => [text, risk])).toEqual([
      ['server docs gains mount /notes: volume legacy (writable)', 'medium'],
    ]);
    const after = planOf(MOUNTED, world.actual);
    expect(after.plan.steps).toEqual([]);
    expect(after.plan.changes.find(({ address }) => address === 'volume.notes')).toMatchObject({
      action: 'no-op',
      before: { name: 'legacy', external: true },
    });
  });

  it('is not touched when nothing declares it any more', () => {
    const { plan, diagnostics } = planOf(DROPPED, world.actual);
    expect(diagnostics).toEqual([]);
    expect(JSON.stringify(plan.steps)).not.toContain('remove-volume');
    expect(plan.warnings).toEqual([]);
    expect(plan.accessChanges.map(({ text }) => text)).toEqual([
      'server docs loses mount /notes: volume legacy (writable)',
    ]);
  });

  it('is kept by destroy with --volumes, which says so', () => {
    const { plan } = planProject(declare(MOUNTED).desired, world.actual, {
      version: '0.1.0',
      destroy: true,
      volumes: true,
    });
    const removed = plan.steps.flatMap((step) => (step.do === 'remove-volume' ? [step.name] : []));
    expect(removed).toContain('toolcrib.acme.audit');
    expect(removed).not.toContain('legacy');
    expect(planText(plan, palette)).toContain('  volume.notes: kept, because legacy is not this project’s\n');
    expect(plan.accessChanges.map(({ text }) => text)).toContain(
      'server docs loses mount /notes: volume legacy (writable)',
    );
  });

  it('that is missing is an error, never an empty one in its place', () => {
    expect(refused(MOUNTED, withForeign(volume('other')))).toEqual([
      [
        'volume_missing',
        'volume.notes',
        'volumes.notes.name',
        'The engine has no volume legacy.',
        "Make it with `docker volume create legacy` and fill it, correct the name, or leave `name` out for a volume of this project's own.",
      ],
    ]);
    const gone = { ...world.actual, foreignVolumes: [] };
    expect(refused(MOUNTED, gone)[0]?.[3]).toBe(
      'The engine has no volume legacy; server.docs still names it, so it was removed outside toolcrib, with its data.',
    );
    expect(planProject(declare(MOUNTED).desired, gone, { version: '0.1.0', destroy: true }).diagnostics).toEqual([]);
  });

  it('is none of another project’s, nor one of this one’s', () => {
    const labels = { [LABEL.project]: 'other', [LABEL.projectId]: 'id-of-other' };
    expect(refused(MOUNTED, withForeign(volume('legacy', labels)))[0]?.slice(0, 4)).toEqual([
      'volume_owned',
      'volume.notes',
      'volumes.notes.name',
      'legacy belongs to Toolcrib project other (id-of-other), which may remove it.',
    ]);
    const own = volume('legacy', {
      [LABEL.project]: 'acme',
      [LABEL.projectId]: 'id-of-acme',
      [LABEL.address]: 'volume.x',
    });
    const [first] = refused(MOUNTED, { ...nothingThere(), volumes: [own] });
    expect(first?.slice(0, 4)).toEqual([
      'volume_owned',
      'volume.notes',
      'volumes.notes.name',
      'legacy is no external volume: this project made it, as volume.x.',
    ]);
  });

  it('is not looked for where a target does not mount it', () => {
    expect(planOf(MOUNTED, nothingThere(), { targets: ['server.mail'] }).diagnostics).toEqual([]);
    expect(refused({ ...MOUNTED }, nothingThere())).toHaveLength(1);
  });

  it('whose name was left out is warned of: the server would get an empty one', () => {
    const { plan } = planOf(OWN, world.actual);
    expect(plan.warnings.map(({ code, fix }) => [code, fix])).toEqual([
      ['data_left_behind', 'If it is to go on with that data, write `name: legacy` under `volumes.notes`.'],
    ]);
  });
});
