/** What is told of a volume that is not on the engine: only what was there can be lost. */
import { describe, expect, it } from 'vitest';
import type { ActualState } from '../../src/model/state.js';
import { planProject } from '../../src/plan/plan-project.js';
import { applySteps } from './support/apply-steps.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const WITHOUT: Declaration = { servers: { docs: {} }, agents: { bot: [{ server: 'docs', tools: ['list'] }] } };
const WITH: Declaration = {
  ...WITHOUT,
  volumes: ['notes'],
  servers: { docs: { mounts: [{ volume: 'notes', target: '/v' }] } },
};
const planOf = (declared: Declaration, actual: ActualState) =>
  planProject(declare(declared).desired, actual, { version: '0.1.0' }).plan;

function applied(declared: Declaration, ...without: string[]): ActualState {
  const from = { actual: nothingThere(), policy: null };
  const { actual } = applySteps(planOf(declared, nothingThere()), declare(declared), from);
  actual.containers = actual.containers.filter(({ address }) => !without.includes(address));
  actual.volumes = actual.volumes.filter(({ Labels }) => !without.includes(Labels?.['io.toolcrib.address'] ?? ''));
  return actual;
}

const told = (declared: Declaration, actual: ActualState, address = 'volume.notes') =>
  planOf(declared, actual)
    .changes.filter((each) => each.address === address)
    .map(({ action, cause, reason }) => `${action} ${cause}: ${reason}`);

describe('a volume that is not on the engine', () => {
  const LOST = 'create drift: it was removed outside toolcrib, with its data';

  it('is lost where a container still names it, and where it is Toolcrib’s own', () => {
    expect(told(WITH, applied(WITH, 'volume.notes'))).toEqual([LOST]);
    const own = applied(WITH, 'volume.system.audit', 'proxy');
    expect(told(WITH, own, 'volume.system.audit')).toEqual([LOST]);
  });

  it('is lost, or new, by what was there at the last apply, where the servers on it were removed as well', () => {
    expect(told(WITH, applied(WITHOUT, 'server.docs'))).toEqual(['create config: not on the engine']);
    expect(told(WITH, applied(WITH, 'server.docs', 'volume.notes'))).toEqual([LOST]);
  });

  it('may be lost, or new, where an older build did not write down what was there', () => {
    const perhaps =
      'create drift: what mounts it was removed outside toolcrib; if it was there before, its data is lost';
    for (const before of [applied(WITHOUT, 'server.docs'), applied(WITH, 'server.docs', 'volume.notes')]) {
      delete before.policy?.volumes;
      expect(told(WITH, before)).toEqual([perhaps]);
    }
  });

  it('is new where the servers on it run without', () => {
    expect(told(WITH, applied(WITHOUT))).toEqual(['create config: not on the engine']);
  });
});
