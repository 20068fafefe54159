/** scripts/engine finds the engine that Docker's own CLI would use, says what it does, and starts none needlessly. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/engine', import.meta.url));

let folder = '';
let engine: http.Server;
let host = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'toolcrib-engine-'));
  const socket = path.join(folder, 'engine.sock');
  host = `unix://${socket}`;
  engine = http.createServer((request, response) => {
    response.statusCode = request.url === '/_ping' ? 200 : 404;
    response.end('OK');
  });
  await new Promise<void>((resolve) => engine.listen(socket, resolve));
});
afterAll(async () => {
  engine.closeAllConnections();
  await new Promise((resolve) => engine.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

function run(verb: string[], env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }> {
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, DOCKER_CONFIG: _config, ...rest } = process.env;
  return new Promise((resolve) => {
    const child = execFile(script, verb, { env: { ...rest, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** A folder as DOCKER_CONFIG, whose current context is `there` at the engine of this test. */
async function contextFolder(): Promise<string> {
  const config = path.join(folder, 'config');
  const id = createHash('sha256').update('there').digest('hex');
  await mkdir(path.join(config, 'contexts/meta', id), { recursive: true });
  await writeFile(path.join(config, 'config.json'), JSON.stringify({ currentContext: 'there' }));
  const meta = { Name: 'there', Endpoints: { docker: { Host: host } } };
  await writeFile(path.join(config, 'contexts/meta', id, 'meta.json'), JSON.stringify(meta));
  return config;
}

describe('scripts/engine', () => {
  it('uses the engine of DOCKER_HOST, and prints nothing else on stdout', async () => {
    expect(await run(['start'], { DOCKER_HOST: host })).toEqual({
      code: 0,
      stdout: `${host}\n`,
      stderr: `engine: using ${host} (DOCKER_HOST)\n`,
    });
    expect(await run(['status'], { DOCKER_HOST: host })).toMatchObject({ code: 0, stdout: `${host}\n` });
    expect(await run(['env'], { DOCKER_HOST: host })).toMatchObject({
      code: 0,
      stdout: `export DOCKER_HOST=${host}\n`,
    });
  });

  it("uses the engine of Docker's current context", async () => {
    expect(await run(['start'], { DOCKER_CONFIG: await contextFolder() })).toMatchObject({
      code: 0,
      stdout: `${host}\n`,
    });
  });

  it('does not start another one instead of a DOCKER_HOST that is dead', async () => {
    const dead = `unix://${folder}/nobody.sock`;
    for (const verb of ['start', 'env']) {
      const ran = await run([verb], { DOCKER_HOST: dead });
      expect(ran).toMatchObject({ code: 1, stdout: '' });
    }
    expect((await run(['start'], { DOCKER_HOST: dead })).stderr).toContain(
      `DOCKER_HOST is ${dead}, and nothing answers there`,
    );
    expect(await run(['status'], { DOCKER_HOST: dead })).toMatchObject({ code: 1, stdout: 'no engine answers\n' });
  });

  it('says how it is used', async () => {
    const ran = await run(['begin'], { DOCKER_HOST: host });
    expect(ran.code).toBe(64);
    for (const verb of ['start', 'stop', 'status', 'env']) expect(ran.stderr).toContain(`scripts/engine ${verb}`);
  });
});
