/**
 * Law 1 on the real engine: apply, then plan, is empty. For every example that needs nothing from outside but packages,
 * and for generated declarations over all fields, applied one over the other, so that every change between two of them
 * is an update. More than the usual number: TOOLCRIB_GENERATED=100, or `npm run test:laws`.
 */
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { remains } from '../support/engine-state.js';
import { everyServer, generated } from '../support/generated-project.js';
import type { Place } from '../support/generated-project.js';
import { freePort, NETWORK_POOL, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const RUNS = Number(process.env.TOOLCRIB_GENERATED ?? 12);
const SEED = Number(process.env.TOOLCRIB_SEED ?? 20261128);

describe('apply, then plan, is empty', () => {
  describe('of generated declarations', () => {
    let it1: Project;
    let place: Place;
    const write = (declared: object): Promise<void> => writeFile(join(it1.dir, 'toolbox.yaml'), stringify(declared));
    beforeAll(async () => {
      it1 = await project('generated', 'servers: {}\n');
      await cp(fileURLToPath(new URL('../../examples/quickstart/docs', import.meta.url)), join(it1.dir, 'docs'), {
        recursive: true,
      });
      const ports = [await freePort(), it1.port, await freePort()];
      place = { name: it1.name, id: it1.id, ports, pools: ['10.89.0.0/16', '10.89.64.0/18'] };
      await write({ ...everyServer(place), agents: { bot: { authenticate: [{ token: {} }] } } });
      await expectToolcrib(it1.dir, ['lock']);
    }, 600_000);
    afterAll(async () => {
      await write(everyServer(place)); // whatever failed: it can be destroyed
      await it1.end();
    }, 300_000);

    it(`${RUNS} of them, one over the other`, { timeout: RUNS * 60_000 }, async () => {
      let ran = 0;
      await fc.assert(
        fc.asyncProperty(generated(place), async (declared) => {
          await write(declared);
          await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
          const plan = await toolcrib(it1.dir, ['plan', '--detailed-exitcode']);
          expect([plan.code, plan.code === 0 ? '' : plan.stdout]).toEqual([0, '']);
          ran += 1;
        }),
        // What fails depends on what was there before: a smaller declaration alone would prove nothing.
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
      expect(ran).toBe(RUNS);
    });
  });

  const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
  /** Applied in remote.test.ts, with a server of its own elsewhere. */
  const REMOTE = ['remote'];

  it('of every example but those of remote servers', { timeout: 900_000 }, async () => {
    const names = (await readdir(EXAMPLES)).sort();
    expect(names).toEqual(expect.arrayContaining(REMOTE));
    for (const name of names.filter((each) => !REMOTE.includes(each))) await holds(name);
  });

  async function holds(example: string): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), `toolcrib-example-${example}-`));
    const own = `law-${example}`;
    try {
      await cp(join(EXAMPLES, example), dir, { recursive: true });
      for (const file of (await readdir(dir)).filter((each) => each.endsWith('toolbox.yaml'))) {
        const text = await readFile(join(dir, file), 'utf8');
        await writeFile(join(dir, file), await asOwn(text, own));
      }
      await expectToolcrib(dir, ['lock']);
      await expectToolcrib(dir, ['apply', '--auto-approve']);
      await expectToolcrib(dir, ['plan', '--detailed-exitcode'], 0);
    } finally {
      await toolcrib(dir, ['destroy', '--auto-approve', '--volumes']);
      await rm(dir, { recursive: true, force: true });
    }
    expect(await remains(own)).toEqual([]);
  }

  /** Under another name, id, port and addresses, so that it stands beside whatever else runs. */
  async function asOwn(text: string, name: string): Promise<string> {
    return text
      .replace(/^(project:\n(?:.*\n)*? {2}name: ).*$/m, `$1${name}`)
      .replace(/^( {2}id: ).*$/m, `$1${randomUUID()}`)
      .replace(/127\.0\.0\.1:7411/, `127.0.0.1:${await freePort()}`)
      .replace(/^project:\n/m, `$&  network_pool: ${NETWORK_POOL}\n`);
  }
});
