/** `toolcrib doctor`: each lack of an engine, as a table; and the command on the real engine. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineInfo } from '../../src/model/inspect.js';
import type { EngineFacts } from '../../src/model/state.js';
import type { DoctorReport } from '../../src/workflow/doctor.js';
import { engineFindings } from '../../src/workflow/doctor/engine.js';
import { insideFindings, type Inside } from '../../src/workflow/doctor/inside.js';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import { HOST, remains } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const facts: EngineFacts = {
  id: 'x',
  name: 'host',
  version: '28.5.2',
  apiVersion: '1.51',
  offeredApi: '1.51',
  platform: 'linux/amd64',
  endpoint: 'unix:///var/run/docker.sock',
};
const info: EngineInfo = {
  ID: 'x',
  Name: 'host',
  Driver: 'overlay2',
  DockerRootDir: '/var/lib/docker',
  CgroupVersion: '2',
  CgroupDriver: 'systemd',
  MemoryLimit: true,
  SwapLimit: true,
  PidsLimit: true,
  CpuCfsQuota: true,
  SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin'],
  Warnings: null,
};
const noon = new Date('2026-11-28T12:00:00Z');
const needs = { listen: '127.0.0.1:7411', newestApi: '1.51', asked: { from: noon, until: noon } };

function notWell(moreFacts: Partial<EngineFacts>, moreInfo: Partial<EngineInfo>, listen = needs.listen): string[] {
  return engineFindings({ ...facts, ...moreFacts }, { ...info, ...moreInfo }, { ...needs, listen })
    .filter((each) => each.state !== 'ok')
    .map((each) => `${each.state} ${each.check}${each.fix ? '' : ' (no fix)'}`);
}

describe('an engine', () => {
  it.each<[string, Partial<EngineFacts>, Partial<EngineInfo>, string[]]>([
    ['that lacks nothing', {}, {}, []],
    ['without swap limit', {}, { SwapLimit: false, Warnings: ['WARNING: No swap limit support'] }, ['warn swap limit']],
    ['with old cgroups', {}, { CgroupVersion: '1' }, ['warn cgroup']],
    ['without seccomp', {}, { SecurityOptions: ['name=apparmor'] }, ['fail seccomp']],
    ['that cannot limit', {}, { PidsLimit: false }, ['fail limits']],
    ['with slow storage', {}, { Driver: 'vfs' }, ['warn storage']],
    ['newer than tested', { offeredApi: '1.60' }, {}, ['warn api']],
    ['before 28', { version: '26.1.5+dfsg1' }, {}, ['warn loopback']],
    ['of 25, mended', { version: '25.0.5' }, {}, ['warn loopback']],
    ['of 24', { version: '24.0.9' }, {}, ['warn loopback', 'warn internal DNS']],
    ['of 23, mended', { version: '23.0.11' }, {}, ['warn loopback']],
    ['of 23, not mended', { version: '23.0.10' }, {}, ['warn loopback', 'warn internal DNS']],
    ['of 20.10', { version: '20.10.24+dfsg1' }, {}, ['warn loopback', 'warn internal DNS']],
    ['whose clock goes with ours', {}, { SystemTime: '2026-11-28T12:00:04.9Z' }, []],
    ['whose clock is behind', {}, { SystemTime: '2026-11-28T11:59:40Z' }, ['warn clock']],
    ['whose clock is ahead', {}, { SystemTime: '2026-11-29T12:00:00.123456789Z' }, ['warn clock']],
    ['without volumes of its own', {}, { Plugins: { Volume: ['nfs'] } }, ['fail volumes']],
    ['with more volume drivers', {}, { Plugins: { Volume: ['local', 'nfs'] } }, []],
    ['with a warning of its own', {}, { Warnings: ['WARNING: API is accessible on tcp'] }, ['warn warning']],
  ])('%s', (_, moreFacts, moreInfo, expected) => {
    expect(notWell(moreFacts, moreInfo)).toEqual(expected);
  });

  it('is not blamed for loopback where the proxy listens elsewhere', () => {
    expect(notWell({ version: '26.1.5' }, {}, '10.0.0.1:7411')).toEqual([]);
  });
});

describe('a container that was tried', () => {
  const inside: Inside = {
    status: { CapEff: '0000000000000000', CapBnd: '0000000000000000', NoNewPrivs: '1', Seccomp: '2' },
    writesRoot: 'EROFS',
    runsFromTmp: 'EACCES',
    interfaces: ['lo'],
    memory: 1024,
    pids: 10,
    cpus: 1,
    free: 100 * 1024 ** 3,
  };
  const declared = { memory: 1024, pids: 10, nanoCpus: 1e9 };
  const found = (more: Partial<Inside>): string[] =>
    insideFindings({ stdout: JSON.stringify({ ...inside, ...more }), stderr: '' }, declared)
      .filter((each) => each.state !== 'ok')
      .map((each) => `${each.state} ${each.check}: ${each.detail}`);

  it.each<[string, Partial<Inside>, RegExp[]]>([
    ['as it was asked to be', {}, []],
    ['with a capability', { status: { ...inside.status, CapBnd: '0000000000000400' } }, [/capabilities$/]],
    ['that can gain privileges', { status: { ...inside.status, NoNewPrivs: '0' } }, [/gain privileges$/]],
    ['whose system calls go unseen', { status: { ...inside.status, Seccomp: '0' } }, [/no system call is filtered$/]],
    ['that can write to its root', { writesRoot: null }, [/write to its root$/]],
    ['that can run what it writes', { runsFromTmp: null }, [/run what it writes/]],
    ['on a network', { interfaces: ['lo', 'eth0'] }, [/it has a network \(eth0\)|it has a network \(lo, eth0\)/]],
    ['without a limit of memory', { memory: null }, [/^fail limits inside: memory: not limited/]],
    ['with a higher limit', { pids: 11, cpus: 2 }, [/^fail limits inside: processes, CPU: not limited/]],
    ['that sees no cgroup', { memory: null, pids: null, cpus: null }, [/^warn limits inside: .*not proved/]],
    ['on a full disk', { free: 1024 }, [/^warn room: 0.0 GiB/]],
  ])('%s', (_, more, expected) => {
    const said = found(more);
    expect(said).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(said[index]).toMatch(pattern));
  });

  it('that does not start is told in the engine’s words', () => {
    const said = insideFindings({ stdout: '', stderr: 'OCI runtime create failed: no such cgroup' }, declared);
    expect(said).toMatchObject([{ state: 'fail', check: 'container' }]);
    expect(said[0]?.detail).toContain('OCI runtime create failed');
  });
});

const PACKAGES = `servers: {a: {npm: "@modelcontextprotocol/server-everything"}, b: {pypi: mcp-server-time}}
agents: {bot: {authenticate: [{token: {}}]}}
`;

describe('toolcrib doctor', () => {
  let it1: Project;
  beforeAll(async () => {
    it1 = await project('doctor', PACKAGES, { runtimes: '{node: {host: true}, python: {host: true}}' });
  });
  afterAll(() => it1.end());

  async function report(
    env: Record<string, string> = {},
  ): Promise<{ code: number | null; states: Map<string, string> }> {
    const ran = await toolcrib(it1.dir, ['doctor', '--json'], env);
    const { findings, healthy } = JSON.parse(ran.stdout) as DoctorReport;
    expect(healthy).toBe(ran.code === 0);
    for (const each of findings) expect(each.fix === null, JSON.stringify(each)).toBe(each.state === 'ok');
    return { code: ran.code, states: new Map(findings.map((each) => [`${each.area} ${each.check}`, each.state])) };
  }

  it('writes nothing, and tells what is missing: here the lock and the tokens', async () => {
    const engine = await countingEngine(join(it1.dir, 'doctor.sock'), HOST);
    const socket = process.env.TOOLCRIB_ENGINE_SOCKET ?? HOST.replace('unix://', '');
    const { code, states } = await report({ DOCKER_HOST: engine.host, TOOLCRIB_ENGINE_SOCKET: socket });
    await engine.close();
    expect(new Set(engine.calls.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(code).toBe(1);
    expect(Object.fromEntries(states)).toMatchObject({
      'engine answers': 'ok',
      'engine seccomp': 'ok',
      'machine node': 'ok',
      'machine npm': 'ok',
      'machine python': 'ok',
      'machine pip': 'ok',
      'machine platform': 'ok',
      'project declaration': 'ok',
      'project lock': 'fail',
      'project tokens': 'warn',
      'project subnets': 'ok',
      'project port': 'ok',
      'project names': 'ok',
    });
  });

  it('says it to people too, each with how to mend it', async () => {
    const { stdout } = await toolcrib(it1.dir, ['doctor']);
    expect(stdout).toMatch(/fail\s+lock\s+there is none/);
    expect(stdout).toContain('fix: Run `toolcrib lock`');
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^\d+ failed, \d+ warned, \d+ ok$/);
  });

  it('tries what cannot be read, and leaves nothing behind', async () => {
    await it1.declare('servers: {}\n');
    const probed = async (): Promise<Map<string, DoctorReport['findings'][number]>> => {
      const { findings } = JSON.parse(
        (await toolcrib(it1.dir, ['doctor', '--probe', '--json'])).stdout,
      ) as DoctorReport;
      return new Map(findings.map((each) => [each.check, each]));
    };
    // Nothing is there that could be started.
    expect((await probed()).get('probe')).toMatchObject({
      state: 'warn',
      fix: expect.stringContaining('lock') as string,
    });
    await it1.declare('servers: {echo: {build: ./echo}}\n');
    await expectToolcrib(it1.dir, ['lock']);
    const before = await remains('doctor');
    const found = await probed();
    for (const check of ['container', 'limits inside', 'room', 'network', 'publishing', 'images', 'clock', 'volumes'])
      expect(found.get(check), check).toMatchObject({ state: 'ok' });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(it1.port, '127.0.0.1', resolve));
    expect((await probed()).get('publishing')).toMatchObject({ state: 'fail' });
    await new Promise((resolve) => other.close(resolve));
    expect(await remains('doctor')).toEqual(before);
    await it1.declare(PACKAGES);
  });

  it('without an engine, npm and python3 it tells the rest', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'toolcrib-bin-'));
    await symlink(process.execPath, join(bin, 'node'));
    const { states } = await report({ DOCKER_HOST: `unix://${join(bin, 'none.sock')}`, PATH: bin });
    await rm(bin, { recursive: true });
    expect(Object.fromEntries(states)).toMatchObject({
      'engine answers': 'fail',
      'machine node': 'ok',
      'machine npm': 'fail',
      'machine python': 'fail',
      'project declaration': 'ok',
    });
    expect([...states.keys()].filter((each) => each === 'project port')).toEqual([]);
  });

  it('a port that somebody else has is found', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(it1.port, '127.0.0.1', resolve));
    const { states } = await report();
    await new Promise((resolve) => other.close(resolve));
    expect(states.get('project port')).toBe('fail');
  });

  it('a declaration that does not hold is a finding', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'toolcrib-doctor-'));
    await writeFile(join(dir, 'toolbox.yaml'), 'version: 1\ntoolbox: x\nservers: {a: {nmp: x}}\n');
    const ran = await toolcrib(dir, ['doctor']);
    await rm(dir, { recursive: true });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/fail\s+declaration\s+toolbox\.yaml:3:\d+/);
  });
});
