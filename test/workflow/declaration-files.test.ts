/** Every file whose edit is to be noticed, and addresses that one command alone may have. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { lookAt } from '../../src/workflow/declaration-files.js';
import { holdPlaces } from '../../src/workflow/foreground/hold-port.js';

it('an edit of any file of the declaration shows, and so does one that comes', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'toolcrib-'));
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
  const id = 'a3c1f0de-0000-4000-8000-000000000000';
  write('toolbox.yaml', `version: 1\ntoolbox: own\nproject: {name: own, id: ${id}}\n`);
  for (const folder of ['toolbox.lock.d', 'toolbox.tokens']) mkdirSync(join(dir, folder));
  const context = { dir, files: [], variableFiles: ['own.vars'] };
  const { config } = await loadConfig({
    dir,
    files: [],
    variables: {},
    variableFiles: [],
    env: {},
    environment: null,
    version: '1.0.0',
    now: new Date(0),
    checkMounts: () => Promise.resolve(false),
    ruleProblems: () => Promise.resolve(() => []),
  });
  if (!config) throw new Error('it does not load');
  let before = await lookAt(context, { config });
  expect(await lookAt(context, { config })).toBe(before);
  for (const name of [
    'toolbox.yaml',
    'more.toolbox.yaml',
    'toolbox.lock.yaml',
    'toolbox.lock.d/a.json',
    'toolbox.tokens/bot.yaml',
    'own.vars',
  ]) {
    write(name, `# ${name}`);
    const after = await lookAt(context, { config });
    expect(after, name).not.toBe(before);
    before = after;
  }
  write('else.txt', '');
  expect(await lookAt(context, { config })).toBe(before);
  rmSync(dir, { recursive: true });
});

it('an address that is held is nobody else’s until it is given up', async () => {
  const probe = net.createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as net.AddressInfo;
  const at = { host: '127.0.0.1', port, admin: null };
  await expect(holdPlaces(at, null)).rejects.toThrow(/Port already in use: Something listens at 127\.0\.0\.1/);
  await new Promise((done) => probe.close(done));
  const giveUp = await holdPlaces(at, null);
  await expect(holdPlaces(at, null)).rejects.toThrow(/Port already in use/);
  // What the roles have is not asked for again; what is new is, and where one cannot be had, none is kept.
  await (
    await holdPlaces(at, at)
  )();
  await giveUp();
  await expect(holdPlaces({ ...at, admin: at }, null)).rejects.toThrow(/Port already in use/);
  await (
    await holdPlaces(at, null)
  )();
});
