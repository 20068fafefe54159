/** Servers, sources and engines that misbehave: one diagnostic each, the right exit code, nothing left half-done. */
import http from 'node:http';
import net from 'node:net';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containersOf, engineApi, remains } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const AGENT = 'agents:\n  bot: {authenticate: [{token: {}}], grants: [{server: echo, tools: [echo]}]}\n';
const server = (env: string): string =>
  `servers:\n  echo: {build: ./echo, env: {${env}}, resources: {memory: 64Mi}}\n${AGENT}`;

let it1: Project;
beforeAll(async () => {
  it1 = await project('bad', server(''));
});
afterAll(() => it1.end());

describe('a server that misbehaves is not locked', () => {
  it.each([
    ['exits at once', 'EXIT_AT_ONCE: "1"', [], 'server_exited', 'cannot find the config file /etc/echo.conf'],
    ['never answers initialize', 'MUTE: "1"', ['--timeout', '3'], 'server_timeout', 'initialize'],
    ['prints something else to stdout', 'NOT_JSON: "1"', [], 'server_bad_output', 'Server listening on stdio!'],
    ['answers with a line of 10 MB', 'LONG_LINE: "1"', [], 'server_bad_output', '8'],
  ])('%s', async (_, env, options, code, words) => {
    await it1.declare(server(env));
    const ran = await expectToolcrib(it1.dir, ['lock', ...options], 1);
    expect(ran.stderr).toContain(`error[${code}]`);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr).toContain('server.echo');
    expect(ran.stderr).toMatch(/fix: \S/);
    expect((await readdir(it1.dir)).filter((name) => name.startsWith('toolbox.lock'))).toEqual([]);
    expect(await containersOf(it1.name)).toEqual([]);
  });
});

describe('a source that is not there', () => {
  const declare = (source: string): Promise<void> => it1.declare(`servers:\n  echo: {${source}}\n${AGENT}`);

  it.each([
    ['a package', 'npm: "toolcrib-has-no-such-package@1.0.0"', 'package_not_found', 'toolcrib-has-no-such-package'],
    ['a version', 'npm: "@modelcontextprotocol/server-filesystem@0.0.1-none"', 'package_not_found', '0.0.1-none'],
    ['an image', 'image: "toolcrib.invalid/no/such:image"', 'image_not_found', 'toolcrib.invalid/no/such:image'],
  ])('%s', async (_, source, code, words) => {
    await declare(source);
    const ran = await expectToolcrib(it1.dir, ['lock'], 1);
    expect(ran.stderr).toContain(`error[${code}]`);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr).toMatch(/toolbox\.yaml:\d+:\d+/);
  });

  it('a Dockerfile that fails, with its own last words', async () => {
    await it1.declare(server(''));
    await writeFile(join(it1.dir, 'echo', 'Broken'), 'FROM scratch\nCOPY nowhere /x\n');
    await declare('build: ./echo, dockerfile: Broken');
    const ran = await expectToolcrib(it1.dir, ['lock'], 1);
    expect(ran.stderr).toContain('error[build_failed]');
    expect(ran.stderr).toContain('nowhere');
    await rm(join(it1.dir, 'echo', 'Broken'));
  });
});

describe('what the engine or its host does not give', () => {
  afterEach(() => expectToolcrib(it1.dir, ['destroy', '--auto-approve', '--volumes']));
  beforeAll(async () => {
    await it1.declare(server(''));
    await expectToolcrib(it1.dir, ['lock']);
  });

  it('a port in use: said with the port, and the next apply goes on from there', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(it1.port, '127.0.0.1', resolve));
    const ran = await toolcrib(it1.dir, ['apply', '--auto-approve']);
    await new Promise<void>((resolve) => taken.close(() => resolve()));
    expect(ran.code).toBe(6);
    expect(ran.stderr).toContain('error[port_in_use]');
    expect(ran.stderr).toContain(String(it1.port));
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
  });

  it('no engine', async () => {
    const ran = await toolcrib(it1.dir, ['plan'], { DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('error[engine_unreachable]');
    expect(ran.stderr).toContain('/nonexistent/docker.sock');
  });

  it('an engine too old', async () => {
    const socket = join(it1.dir, 'old.sock');
    const old = http.createServer((_request, response) => {
      response.setHeader('Api-Version', '1.24');
      response.end(
        JSON.stringify({ Version: '1.12.6', ApiVersion: '1.24', MinAPIVersion: '1.12', Os: 'linux', Arch: 'amd64' }),
      );
    });
    await new Promise<void>((resolve) => old.listen(socket, resolve));
    const ran = await toolcrib(it1.dir, ['plan'], { DOCKER_HOST: `unix://${socket}` });
    old.closeAllConnections();
    await new Promise<void>((resolve) => old.close(() => resolve()));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('error[engine_too_old]');
    expect(ran.stderr).toContain('1.24');
  });

  it('another project of the same name: refused, and nothing of it touched', async () => {
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    const before = await remains(it1.name);
    const other = await project('bad', server(''));
    await expectToolcrib(other.dir, ['lock']);
    const ran = await expectToolcrib(other.dir, ['apply', '--auto-approve'], 1);
    expect(ran.stderr).toContain('error[project_conflict]');
    expect(await remains(it1.name)).toEqual(before);
    await rm(other.dir, { recursive: true, force: true });
  });

  it("a stranger's volume under our name: refused, and left alone", async () => {
    const name = `toolcrib.${it1.name}.policy`;
    await engineApi('POST', '/volumes/create', { Name: name });
    const ran = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 1);
    expect(ran.stderr).toContain('error[project_conflict]');
    expect(ran.stderr).toContain(name);
    expect((await engineApi('GET', `/volumes/${name}`)).status).toBe(200);
    await engineApi('DELETE', `/volumes/${name}`);
  });
});
