/** A project in a folder of its own, with the echo server, on the real engine. */
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectToolcrib, toolcrib } from './cli.js';

/** Two engines in one network namespace must not use the same addresses. */
export const NETWORK_POOL = process.env.TOOLCRIB_TEST_POOL ?? '10.89.0.0/16';
const SERVERS = { echo: './echo-server', web: './web-server' };

export interface Project {
  dir: string;
  name: string;
  id: string;
  port: number;
  /** Replaces what follows the project block; the proxy may be told to listen elsewhere. */
  declare(rest: string, listen?: number): Promise<void>;
  /** Removes everything from the engine and the disk. */
  end(): Promise<void>;
}

export interface ProjectOptions {
  /** The `runtimes` of the project block. */
  runtimes?: string;
  /** For an engine beside the shared one. */
  pool?: string;
}

export async function project(name: string, rest: string, options: ProjectOptions = {}): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), `toolcrib-${name}-`));
  const id = randomUUID();
  const port = await freePort();
  for (const [folder, source] of Object.entries(SERVERS))
    await cp(fileURLToPath(new URL(source, import.meta.url)), join(dir, folder), { recursive: true });
  const declare = (text: string, listen = port): Promise<void> =>
    writeFile(join(dir, 'toolbox.yaml'), `${head(name, id, listen, options)}${text}`);
  await declare(rest);
  return {
    dir,
    name,
    id,
    port,
    declare,
    end: async () => {
      await toolcrib(dir, ['destroy', '--auto-approve', '--volumes']);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function head(
  name: string,
  id: string,
  port: number,
  { runtimes = '{node: {host: true}}', pool = NETWORK_POOL }: ProjectOptions,
): string {
  return `version: 1
toolbox: ${name}
project:
  name: ${name}
  id: ${id}
  proxy: {listen: "127.0.0.1:${port}"}
  network_pool: ${pool}
  runtimes: ${runtimes}
`;
}

/** A token for the agent, issued as a user would. */
export async function issueToken(dir: string, agent: string, ...options: string[]): Promise<string> {
  return (await expectToolcrib(dir, ['token', 'issue', agent, ...options])).stdout.trim();
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
