/**
 * Law 1 on the engine model, for declarations over every field of the format: apply, then plan, is empty. From nothing,
 * and over any other of them, through the real loader, compiler and planner. test/e2e/laws.test.ts runs the same ones on
 * a real engine.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Compiled } from '../../src/compile/desired.js';
import type { Config } from '../../src/config/config.js';
import type { Plan } from '../../src/plan/plan.js';
import { planProject } from '../../src/plan/plan-project.js';
import { folder, ID, valid } from '../config/support.js';
import { authority } from '../support/certificates.js';
import type { Place } from '../support/generated/place.js';
import { generated, holdsBack, unprotected, type Generated } from '../support/generated/project.js';
import { OFFERS } from '../support/generated/servers.js';
import { applySteps, type World } from './support/apply-steps.js';
import { definitions } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';
import { compiled } from './support/from-file.js';

/** Pairs, so twice as many declarations. */
const RUNS = Number(process.env.TOOLCRIB_MODELLED ?? 130);

const PLACE: Place = {
  name: 'acme',
  alias: 'acme-old',
  id: ID,
  ports: [7412, 7411, 7500],
  pools: ['10.89.0.0/16', '10.90.0.0/18'],
  socket: '/run/engine.sock',
  external: 'theirs',
  certificates: [
    { cert: 'one.pem', key: 'one.key' },
    { cert: 'two.pem', key: 'two.key' },
  ],
  ca: 'ca.pem',
  remote: { remote: 'https://10.20.0.7/mcp', private_addresses: ['10.20.0.0/16'], ca: 'ca.pem' },
  anySource: true,
};

const FILES = {
  'ca.pem': authority().cert,
  'docs/a': '',
  'echo/Dockerfile': 'FROM scratch\n',
  'shelf/Shelf.Dockerfile': 'FROM scratch\n',
  'web/Dockerfile': 'FROM scratch\n',
};

const SEEN = Object.fromEntries(
  Object.entries(OFFERS).map(([server, { tools, argument, prompts = [], resources = [] }]) => {
    const known = argument === undefined ? [] : [argument, 'message', 'tenant'];
    return [
      server,
      definitions({
        tools: Object.fromEntries(tools.map((tool) => [tool, known])),
        prompts: [...prompts],
        resources: resources.filter((uri) => !uri.includes('{')),
        templates: resources.filter((uri) => uri.includes('{')),
      }),
    ];
  }),
);

function declare(config: Config): Compiled {
  const whole = compiled(config, (server) => SEEN[server] ?? definitions({}));
  expect(whole.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return whole;
}

function planOf({ desired }: Compiled, { actual }: World): { plan: Plan; reunited: Compiled['desired'] } {
  const { plan, desired: reunited, diagnostics } = planProject(desired, actual, { version: '1.2.3' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(plan.refusals).toEqual([]);
  return { plan, reunited };
}

describe('of declarations over every field', () => {
  it(`apply, then plan, is empty: ${RUNS * 2} of them`, { timeout: RUNS * 2000 }, async () => {
    const dir = await folder(FILES);
    const load = async (declared: Generated): Promise<Compiled> => {
      await writeFile(join(dir, 'toolbox.yaml'), stringify(declared));
      return declare(await valid(dir));
    };
    const apply = async (declared: Generated, world: World): Promise<World> => {
      const whole = await load(declared);
      const { plan, reunited } = planOf(whole, world);
      const after = applySteps(plan, { ...whole, desired: reunited }, world);
      expect(planOf(whole, after).plan.steps).toEqual([]);
      return after;
    };
    let ran = 0;
    await fc.assert(
      fc.asyncProperty(generated(PLACE), generated(PLACE), async (first, second) => {
        const foreignVolumes = [{ Name: PLACE.external, Driver: 'local', Labels: null }];
        let world: World = { actual: { ...nothingThere(), foreignVolumes }, policy: null };
        world = await apply(first, world);
        if (holdsBack(first, second)) world = await apply(unprotected(first), world);
        await apply(second, world);
        ran += 1;
      }),
      { numRuns: RUNS },
    );
    expect(ran).toBeGreaterThanOrEqual(RUNS);
  });
});
