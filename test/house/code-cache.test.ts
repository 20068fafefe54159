/** The compiled program in the user's cache: kept, used, and never taken from anybody else. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectToolcrib } from '../support/cli.js';

let folder = '';
let kept = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolcrib-cache-'));
  kept = join(folder, 'cache/toolcrib');
  await expectToolcrib(folder, ['init'], 0, at());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (): Record<string, string> => ({ XDG_CACHE_HOME: join(folder, 'cache') });
const validate = async (env = at()): Promise<string> => (await expectToolcrib(folder, ['validate'], 0, env)).stdout;
const only = async (): Promise<string> => {
  const names = await readdir(kept);
  expect(names).toHaveLength(1);
  return join(kept, names[0] ?? '');
};

test('nothing is kept where Node is told to keep nothing', async () => {
  await validate({ ...at(), NODE_DISABLE_COMPILE_CACHE: '1' });
  await expect(readdir(kept)).rejects.toThrow('ENOENT');
});

test('the first run keeps it for its user alone, the second uses it as it is', async () => {
  const said = await validate();
  const file = await only();
  const first = await stat(file);
  expect(first.mode & 0o777).toBe(0o600);
  expect(await validate()).toBe(said);
  expect((await stat(await only())).mtimeMs).toBe(first.mtimeMs);
});

test('one that is broken is made anew', async () => {
  const file = await only();
  await writeFile(file, 'nothing that V8 knows');
  await validate();
  expect((await readFile(file)).length).toBeGreaterThan(10_000);
});

test('one that others may write, or that is a link, is not read but replaced', async () => {
  const file = await only();
  await chmod(file, 0o666);
  await validate();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const elsewhere = join(folder, 'elsewhere');
  await writeFile(elsewhere, 'x');
  await rm(file);
  await symlink(elsewhere, file);
  await validate();
  expect((await stat(await only())).size).toBeGreaterThan(10_000);
  expect(await readFile(elsewhere, 'utf8')).toBe('x');
});

test('what an earlier program left goes', async () => {
  await writeFile(join(kept, 'aaaaaaaaaaaaaaaa-11-x64-plan'), 'x');
  const own = (await readdir(kept)).find((each) => !each.startsWith('aaaa')) ?? '';
  await rm(join(kept, own));
  await validate();
  expect((await readdir(kept)).filter((each) => each.startsWith('aaaa'))).toEqual([]);
});
