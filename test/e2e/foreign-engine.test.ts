/** A command line whose machine is another than the engine: nothing is built that would not run there, and it is said. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolcrib } from '../support/cli.js';
import { HOST } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const FOREIGN = process.arch === 'arm64' ? 'amd64' : 'arm64';
const writes: string[] = [];

/** What it says of itself instead. */
let rewritten = (text: string): string => text.replace(/"Arch":"\w+"/g, `"Arch":"${FOREIGN}"`);

/** The engine behind it may be an old one. */
const spoken = (url: string): string => url.replace(/^\/v1\.51\//, '/v1.41/');

/** The real engine, but for its word on what it is. */
const facade = http.createServer((request, response) => {
  const { method = 'GET', url = '', headers } = request;
  if (method !== 'GET') writes.push(`${method} ${url}`);
  const forward = http.request(
    { socketPath: HOST.replace('unix://', ''), method, path: spoken(url), headers },
    (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => {
        const body = url === '/version' ? rewritten(text) : text;
        response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' }).end(body);
      });
    },
  );
  request.pipe(forward);
});

let place: Project;
let env: Record<string, string>;
beforeAll(async () => {
  await new Promise<void>((resolve) => facade.listen(0, '127.0.0.1', resolve));
  env = { DOCKER_HOST: `tcp://127.0.0.1:${(facade.address() as AddressInfo).port}` };
  place = await project('foreign', 'servers: {a: {build: ./echo}}\n', {
    runtimes: '{node: {host: true}}',
  });
});
afterAll(async () => {
  facade.closeAllConnections();
  facade.close();
  await place.end();
});

describe('an engine of another architecture', () => {
  it('gets no image of this machine’s own runtime', async () => {
    const ran = await toolcrib(place.dir, ['lock'], env);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('error[runtime_unavailable]');
    expect(ran.stderr).toMatch(
      new RegExp(`this machine's own Node \\(linux/\\w+\\), but the engine runs linux/${FOREIGN}`),
    );
    expect(ran.stderr).toContain('runtimes: {node: {image: "node:22-slim"}}');
    expect(writes).toEqual([]);
  });

  it('is not taken for one that the lock knows', async () => {
    expect((await toolcrib(place.dir, ['lock'])).code).toBe(0);
    const ran = await toolcrib(place.dir, ['plan'], env);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      new RegExp(`pins this project's Node runtime for linux/\\w+; the engine runs linux/${FOREIGN}`),
    );
    expect(writes).toEqual([]);
  });

  it('is what doctor warns of', async () => {
    const ran = await toolcrib(place.dir, ['doctor'], env);
    expect(ran.stdout).toMatch(
      new RegExp(`warn\\s+platform\\s+this machine is linux/\\w+, the engine linux/${FOREIGN}`),
    );
    expect(writes).toEqual([]);
  });
});

describe('an engine newer than any that was tested', () => {
  it('is spoken to as an older one, and the plan says so', async () => {
    rewritten = (text) => text.replace(/"ApiVersion":"[\d.]+"/g, '"ApiVersion":"1.99"');
    const ran = await toolcrib(place.dir, ['plan'], env);
    expect(ran.code).toBe(0);
    expect(ran.stdout + ran.stderr).toContain('engine_untested');
    expect(ran.stdout + ran.stderr).toMatch(/API 1\.99; this toolcrib is tested up to 1\.51/);
    const doctor = await toolcrib(place.dir, ['doctor'], env);
    expect(doctor.stdout).toMatch(/warn\s+api\s+the engine speaks 1\.99/);
    expect(writes).toEqual([]);
  });
});
