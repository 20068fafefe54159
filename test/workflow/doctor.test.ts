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
import { engineFindings } from '../../src/workflow/doctor-engine.js';
import { toolcrib } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import { HOST } from '../support/engine-state.js';
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
const needs = { listen: '127.0.0.1:7411', newestApi: '1.51' };

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
    ['with a warning of its own', {}, { Warnings: ['WARNING: API is accessible on tcp'] }, ['warn warning']],
  ])('%s', (_, moreFacts, moreInfo, expected) => {
    expect(notWell(moreFacts, moreInfo)).toEqual(expected);
  });

  it('is not blamed for loopback where the proxy listens elsewhere', () => {
    expect(notWell({ version: '26.1.5' }, {}, '10.0.0.1:7411')).toEqual([]);
  });
});

describe('toolcrib doctor', () => {
  let it1: Project;
  beforeAll(async () => {
    it1 = await project(
      'doctor',
      'servers: {a: {npm: "@modelcontextprotocol/server-everything"}, b: {pypi: mcp-server-time}}\nagents: {bot: {authenticate: [{token: {}}]}}\n',
      { runtimes: '{node: {host: true}, python: {host: true}}' },
    );
  });
  afterAll(() => rm(it1.dir, { recursive: true, force: true }));

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
