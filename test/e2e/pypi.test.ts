/** A real server from PyPI, on this host's own Python: from the lock to a call, and nothing left to plan. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containerOf, engineApi, inspect } from '../support/engine-state.js';
import { flattened } from '../support/flattened.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const DECLARATION = `servers:
  clock: {pypi: mcp-server-time@2026.10.19, args: [--local-timezone, Europe/Vienna]}
agents:
  bot: {authenticate: [{token: {}}], grants: [{server: clock, tools: [convert_time]}]}
`;
/** pip, the standard library compiled, and two images, on a machine that does other things. */
const MINUTES = 10 * 60_000;

let place: Project;
let token: string;
beforeAll(async () => {
  place = await project('pypi', DECLARATION, { runtimes: '{node: {host: true}, python: {host: true}}' });
  await expectToolcrib(place.dir, ['lock']);
}, MINUTES);
afterAll(async () => {
  await place.end();
  for (const each of named) await engineApi('DELETE', `/images/${each}`);
});

async function tellsTheTime(): Promise<void> {
  const client = new Client({ name: 'pypi', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${place.port}/server/clock/mcp`), {
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  const asked = { source_timezone: 'Europe/Vienna', time: '16:30', target_timezone: 'Asia/Tokyo' };
  const result = (await client.callTool({ name: 'convert_time', arguments: asked })) as CallToolResult;
  await client.close();
  expect(JSON.stringify(result.content)).toContain('Asia/Tokyo');
  expect(result.isError ?? false).toBe(false);
}

const named: string[] = [];

/** An image of somebody else's, by its look: flat, without a label of ours, started as root by nothing. */
async function asNamed(runtime: string): Promise<string> {
  const filters = encodeURIComponent(
    JSON.stringify({ label: [`io.toolcrib.project=${place.name}`, `io.toolcrib.address=image.runtime-${runtime}`] }),
  );
  const [made] = JSON.parse((await engineApi('GET', `/images/json?filters=${filters}`)).body) as { Id: string }[];
  const reference = `toolcrib-test-${runtime}:1`;
  await flattened(made?.Id ?? '', reference);
  named.push(reference);
  return reference;
}

describe('mcp-server-time', () => {
  it('is pinned, with every wheel of its tree', async () => {
    const lock = await readFile(join(place.dir, 'toolbox.lock.yaml'), 'utf8');
    expect(lock).toMatch(/python:\n {4}type: host\n {4}platforms:\n {6}linux\/\w+:/);
    const wheels = JSON.parse(await readFile(join(place.dir, 'toolbox.lock.d/clock.wheels.json'), 'utf8')) as object;
    const [chosen] = Object.values(wheels) as { wheels: { name: string; sha256: string }[] }[];
    expect(chosen?.wheels.map((wheel) => wheel.name)).toEqual(expect.arrayContaining(['mcp-server-time', 'mcp']));
    expect(chosen?.wheels.every((wheel) => /^[0-9a-f]{64}$/.test(wheel.sha256))).toBe(true);
    expect((await expectToolcrib(place.dir, ['lock', '--check'])).code).toBe(0);
  });

  it('serves a call, hardened, and plans nothing more', { timeout: MINUTES }, async () => {
    token = await issueToken(place.dir, 'bot');
    await expectToolcrib(place.dir, ['apply', '--auto-approve']);
    await tellsTheTime();
    const { Config, HostConfig } = await inspect((await containerOf(place.name, 'server.clock')).Id);
    expect(Config.User).toBe('65532:65532');
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, NetworkMode: 'none', CapDrop: ['ALL'] });
    expect((await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'])).stdout).toContain('No changes');
  });

  it('another Python than the locked one is said, not taken', async () => {
    const path = join(place.dir, 'toolbox.lock.yaml');
    const lock = await readFile(path, 'utf8');
    const other = lock.replace(/(python:\n.*\n.*\n.*\n +digest: sha256:)[0-9a-f]{64}/, `$1${'0'.repeat(64)}`);
    expect(other).not.toBe(lock);

    await writeFile(path, other);
    const ran = await toolcrib(place.dir, ['apply', '--auto-approve', '--no-input']);
    await writeFile(path, lock);
    expect(ran.code).not.toBe(0);
    expect(ran.stdout + ran.stderr).toMatch(/The lock pins Python 3\.[\d.]+ for linux\/\w+.*this machine has another/);
  });

  it('runs on named images as well, and moves to them as one edit', { timeout: MINUTES }, async () => {
    const [node, python] = [await asNamed('node'), await asNamed('python')];
    const path = join(place.dir, 'toolbox.yaml');
    const text = await readFile(path, 'utf8');
    const runtimes = `runtimes: {node: {image: "${node}"}, python: {image: "${python}"}}`;
    await writeFile(path, text.replace(/runtimes: .*/, runtimes));
    expect((await toolcrib(place.dir, ['plan'])).stderr).toContain('toolcrib lock');

    await expectToolcrib(place.dir, ['lock']);
    expect(await readFile(join(place.dir, 'toolbox.lock.yaml'), 'utf8')).toMatch(
      /python:\n {4}type: image\n {4}declared: toolcrib-test-python:1\n[\s\S]*version: "?3\.[\d.]+"?\n {4}libc: "?glibc/,
    );
    const plan = await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'], 2);
    expect(plan.stdout).toMatch(/server\.clock/);
    await expectToolcrib(place.dir, ['apply', '--auto-approve']);
    await tellsTheTime();
    const { Config } = await inspect((await containerOf(place.name, 'server.clock')).Id);
    expect(Config.User).toBe('65532:65532');
    expect((await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'])).stdout).toContain('No changes');
    expect((await expectToolcrib(place.dir, ['lock', '--check'])).code).toBe(0);
  });
});
