/** A Toolcrib project for the benchmark, in a folder of its own, made and removed with the built program alone. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { root } from '../prepare.mjs';
import { sweep } from './engine.mjs';

const PROGRAM = path.join(root, 'dist/toolcrib.cjs');
export const AGENT = 'load';

/** @param servers names; each is the same image, granted to one agent under an arguments rule */
export async function makeProject(dir, name, image, servers) {
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'toolbox.yaml'), declaration(name, port, image, servers));
  const toolcrib = (...args) => runToolcrib(dir, args);
  return {
    dir,
    name,
    port,
    toolcrib,
    async end() {
      const destroyed = spawnSync(process.execPath, [PROGRAM, 'destroy', '--auto-approve', '--volumes', '--no-input'], {
        cwd: dir,
      });
      await sweep(name);
      return destroyed.status === 0;
    },
  };
}

export function runToolcrib(dir, args) {
  const ran = spawnSync(process.execPath, [PROGRAM, ...args, '--no-input'], {
    cwd: dir,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (ran.error) throw ran.error;
  if (ran.status === 0) return ran.stdout;
  throw new Error(`\`toolcrib ${args.join(' ')}\` ended with ${ran.status}\n${ran.stdout}${ran.stderr}`);
}

const declaration = (name, port, image, servers) => `version: 1
toolbox: bench
project:
  name: ${name}
  id: ${randomUUID()}
  proxy: {listen: "127.0.0.1:${port}"}
  runtimes: {node: {host: true}}
servers:
${servers.map((server) => `  ${server}: {image: "${image}", resources: {memory: 128Mi, pids: 32}}`).join('\n')}
agents:
  ${AGENT}:
    authenticate: [{token: {}}]
    grants:
${servers.map(grant).join('\n')}
`;

const grant = (server) => `      - server: ${server}
        tools: [echo]
        arguments: {echo: {properties: {path: {within: /data/public}, text: {maxLength: 4096}}}}`;

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
