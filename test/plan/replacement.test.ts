/** What `adopt` tells of a container against what would take its place. */
import { describe, expect, it } from 'vitest';
import { planProject } from '../../src/plan/plan-project.js';
import { differences } from '../../src/plan/replacement.js';
import { applySteps } from './support/apply-steps.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const compiled = declare({ servers: { docs: {} } });
const { plan } = planProject(compiled.desired, nothingThere(), { version: '0.1.0' });
const { containers } = applySteps(plan, compiled, { actual: nothingThere(), policy: null }).actual;
const { spec } = compiled.desired.containers.find(({ address }) => address === 'server.docs')!;
const live = structuredClone(containers.find(({ address }) => address === 'server.docs')!);

describe('a replacement', () => {
  it('has nothing otherwise than what is the same', () => {
    expect(differences(spec, live, {})).toEqual([]);
  });

  it('has another host name than one that somebody gave', () => {
    const { inspect } = structuredClone(live);
    inspect.Config.Hostname = 'idp';
    expect(differences(spec, { ...live, inspect }, {}).map(({ field }) => field)).toEqual(['hostname']);
    inspect.Config.Hostname = inspect.Id.slice(0, 12);
    expect(differences(spec, { ...live, inspect }, {})).toEqual([]);
  });

  it('has its swap limited, but for an engine that limits none, whatever it is told', () => {
    live.inspect.HostConfig.MemorySwap = -1;
    expect(differences(spec, live, {}).map(({ field }) => field)).toEqual(['swap']);
    expect(differences(spec, live, { swapLimit: false })).toEqual([]);
  });
});
