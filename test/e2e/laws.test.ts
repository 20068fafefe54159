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
import { authority } from '../support/certificates.js';
import { elsewhere, hostAddress, type Elsewhere } from '../support/elsewhere.js';
import { engineApi, HOST, remains } from '../support/engine-state.js';
import type { Place } from '../support/generated/place.js';
import { everyServer, generated, holdsBack, unprotected, type Generated } from '../support/generated/project.js';
import { freePort, NETWORK_POOL, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const RUNS = Number(process.env.TOOLCRIB_GENERATED ?? 12);
const [BASE = ''] = NETWORK_POOL.split('/');
const POOLS = [NETWORK_POOL, `${BASE.replace(/\.0\.0$/, '.64.0')}/18`];
const SEED = Number(process.env.TOOLCRIB_SEED ?? 20261128);

describe('apply, then plan, is empty', () => {
  describe('of generated declarations', () => {
    let it1: Project;
    let place: Place;
    let far: Elsewhere;
    let newest: Generated;
    const external = 'generated-theirs';
    const write = (declared: object): Promise<void> => writeFile(join(it1.dir, 'toolbox.yaml'), stringify(declared));
    const apply = async (declared: Generated): Promise<void> => {
      await write(declared);
      await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
      newest = declared;
    };
    const copy = (from: string, to: string): Promise<void> =>
      cp(fileURLToPath(new URL(from, import.meta.url)), join(it1.dir, to), { recursive: true });

    beforeAll(async () => {
      it1 = await project('generated', 'servers: {}\n');
      await copy('../../examples/quickstart/docs', 'docs');
      await copy('../support/shelf-server', 'shelf');
      const host = await hostAddress();
      const ca = authority();
      far = await elsewhere(host, ca.issue([host]));
      await writeFile(join(it1.dir, 'ca.pem'), ca.cert);
      const certificates = ['one', 'two'].map((name) => ({ cert: `${name}.pem`, key: `${name}.key` }));
      for (const { cert, key } of certificates) {
        const made = ca.issue(['127.0.0.1']);
        await writeFile(join(it1.dir, cert), made.cert);
        await writeFile(join(it1.dir, key), made.key);
      }
      await engineApi('POST', '/volumes/create', { Name: external });
      place = {
        name: it1.name,
        alias: `${it1.name}-once`,
        id: it1.id,
        ports: [await freePort(), it1.port, await freePort()],
        pools: POOLS,
        socket: process.env.TOOLCRIB_ENGINE_SOCKET ?? HOST.replace(/^unix:\/\//, ''),
        external,
        certificates,
        ca: './ca.pem',
        remote: { remote: far.url, private_addresses: [`${host}/32`], ca: './ca.pem' },
        anySource: false,
      };
      newest = everyServer(place);
      await write({ ...newest, agents: { bot: { authenticate: [{ token: {} }] } } });
      await expectToolcrib(it1.dir, ['lock']);
    }, 600_000);
    afterAll(async () => {
      // Whatever failed: under the name that it has, and unprotected, it can be destroyed.
      const { name } = newest.project as { name: string };
      await toolcrib(it1.dir, ['apply', '--auto-approve']);
      await write(unprotected(newest));
      await toolcrib(it1.dir, ['apply', '--auto-approve']);
      await write(everyServer(place, name));
      await it1.end();
      await far.close();
      await engineApi('DELETE', `/volumes/${external}`);
      for (const each of [place.name, place.alias]) expect(await remains(each)).toEqual([]);
    }, 300_000);

    it(`${RUNS} of them, one over the other`, { timeout: RUNS * 60_000 }, async () => {
      let ran = 0;
      await fc.assert(
        fc.asyncProperty(generated(place), async (declared) => {
          if (holdsBack(newest, declared)) await apply(unprotected(newest));
          await apply(declared);
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
