/** A folder with a project that needs no engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { afterEach } from 'vitest';

/** Nothing ever answers here. */
export const NO_ENGINE = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', TOOLCRIB_ENV: undefined };

export const PROJECT = `version: 1
toolbox: tools
project:
  name: cli-test
  id: 3f1d5f0e-8a2e-4c0f-9d55-0f6f2c7b9a10
  proxy: {listen: "127.0.0.1:17411"}
`;

export const TOOLBOX = `${PROJECT}servers:
  files:
    image: example/files:1
agents:
  reader:
    authenticate: [token: {}]
    grants:
      - server: files
        tools: ["*"]
`;

const made: string[] = [];

export async function folder(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'toolcrib-cli-'));
  made.push(dir);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

afterEach(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true });
});
