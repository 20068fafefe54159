/** The entry point of the containers, bundled as it is in their image, as a process. */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask } from './peer.js';

const WAIT = { timeout: 20_000, interval: 50 };
const IDENTITY = { TOOLCRIB_PROJECT: 'roles', TOOLCRIB_PROJECT_ID: randomUUID() };

let folder: string;

interface Started {
  child: ReturnType<typeof spawn>;
  output(): { event: string; detail: string }[];
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(role: string, env: Record<string, string | undefined>): Started {
  const child = spawn(process.execPath, [path.join(folder, 'role.js'), role], {
    env: { PATH: process.env.PATH, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  const output = (): { event: string; detail: string }[] =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { event: string; detail: string });
  return { child, output, ended };
}

/** Places of a proxy or bridge that runs on the bare host. */
const places = (): Record<string, string> => ({
  TOOLCRIB_POLICY: folder,
  TOOLCRIB_ACK: folder,
  TOOLCRIB_AUDIT: folder,
  TOOLCRIB_RUN: folder,
  TOOLCRIB_LISTEN_HOST: '127.0.0.1',
  TOOLCRIB_LISTEN_PORT: '0',
  TOOLCRIB_SOCKET_GROUP: '',
});

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'toolcrib-role-'));
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/role.ts', import.meta.url))],
    outfile: path.join(folder, 'role.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('hold', () => {
  it('lives as long as its stdin, and says nothing', async () => {
    const { child, ended } = start('hold', {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.exitCode).toBeNull();
    child.stdin?.end();
    expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('ends on SIGTERM', async () => {
    const { child, ended } = start('hold', {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('what cannot start ends with 1 and one line', () => {
  it.each([
    ['no role', '', {}, '"" is no role; there are proxy, bridge, hold'],
    ['a role of another word', 'constructor', {}, '"constructor" is no role'],
    ['a proxy of nobody', 'proxy', {}, 'TOOLCRIB_PROJECT'],
    [
      'a bridge without an engine',
      'bridge',
      { ...IDENTITY, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
      '/nowhere/docker.sock',
    ],
  ])('%s', async (_, role, env, words) => {
    const { output, ended } = start(role, env);
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(output()).toHaveLength(1);
    expect(output()[0]?.event).toBe('crashed');
    expect(output()[0]?.detail).toContain(words);
  });
});

describe('bridge', () => {
  it('listens, answers, and goes away on SIGTERM', async () => {
    const { child, output, ended } = start('bridge', {
      ...IDENTITY,
      ...places(),
      DOCKER_HOST: process.env.DOCKER_HOST,
    });
    await vi.waitFor(() => expect(output().map((line) => line.event)).toContain('listening'), WAIT);
    const socket = path.join(folder, 'bridge.sock');
    expect((await ask(socket, { op: 'list' })).answer).toEqual({ ok: true, servers: [] });
    expect((await ask(socket, { op: 'open', server: 'files', generation: 1 })).answer).toMatchObject({
      ok: false,
      code: 'unknown_server',
    });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    await expect(stat(socket)).rejects.toThrow('ENOENT');
  });
});

describe('proxy', () => {
  it('is alive without any policy or bridge, and goes away on SIGTERM', async () => {
    const { child, output, ended } = start('proxy', { ...IDENTITY, ...places() });
    await vi.waitFor(() => expect(output().map((line) => line.event)).toContain('listening'), WAIT);
    const address = output().find((line) => line.event === 'listening')?.detail ?? '';
    expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});
