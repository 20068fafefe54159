/** One applied project that the tests of plans start from. */
import type { ActualState } from '../../../src/model/state.js';
import type { PlanResult } from '../../../src/plan/plan-project.js';
import { planProject } from '../../../src/plan/plan-project.js';
import type { PlanOptions } from '../../../src/plan/options.js';
import type { World } from './apply-steps.js';
import { applySteps } from './apply-steps.js';
import type { Declaration } from './declare.js';
import { declare } from './declare.js';
import { nothingThere } from './engine-model.js';

export const MIB = 1024 * 1024;

const plain = (text: string): string => text;
export const palette = { added: plain, removed: plain, changed: plain, strong: plain, faint: plain };

export const BASE: Declaration = {
  servers: {
    docs: {
      env: { LOG_LEVEL: 'info', API_KEY: 'canary-1' },
      mounts: [{ source: '/srv/docs', target: '/data', readonly: true }],
    },
    notes: { mounts: [{ volume: 'notes', target: '/notes' }] },
  },
  volumes: ['notes'],
  agents: {
    bot: [
      {
        server: 'docs',
        tools: ['read_file'],
        arguments: { read_file: { properties: { path: { within: '/data/public' } } } },
      },
      { server: 'notes', tools: ['list'] },
    ],
  },
  tokens: [{ id: 'bbbbbbbbbb', expires: '2027-06-30T00:00:00Z' }],
};

export function planOf(declared: Declaration, actual: ActualState, options: Partial<PlanOptions> = {}): PlanResult {
  return planProject(declare(declared).desired, actual, { version: '0.1.0', ...options });
}

export function applied(declared: Declaration): World {
  const world = { actual: nothingThere(), policy: null };
  return applySteps(planOf(declared, world.actual).plan, declare(declared), world);
}

export const base = applied(BASE);
