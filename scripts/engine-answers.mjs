/**
 * Which container engine answers: prints its DOCKER_HOST and ends with 0, or with 1 and nothing. Looks where Docker's
 * own CLI looks: DOCKER_HOST, else the current context, else the default socket; then at the candidates given as
 * arguments. Asks `GET /_ping` itself, so that no docker CLI is needed.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { reach } from './engine-api.mjs';

const deadline = 5000;

function answers(host) {
  return new Promise((resolve) => {
    try {
      const { module, options } = reach(host);
      const request = module.get({ ...options, path: '/_ping', timeout: deadline }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    } catch {
      resolve(false);
    }
  });
}

/** The host of Docker's current context; null for the default one, and for one that is not there. */
function contextHost() {
  const folder = process.env.DOCKER_CONFIG || path.join(os.homedir(), '.docker');
  try {
    const name =
      process.env.DOCKER_CONTEXT || JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')).currentContext;
    if (!name || name === 'default') return null;
    const id = createHash('sha256').update(name).digest('hex');
    const meta = JSON.parse(readFileSync(path.join(folder, 'contexts/meta', id, 'meta.json'), 'utf8'));
    return meta.Endpoints?.docker?.Host ?? null;
  } catch {
    return null;
  }
}

const given = process.env.DOCKER_HOST;
const candidates = given ? [given] : [contextHost() ?? 'unix:///var/run/docker.sock', ...process.argv.slice(2)];
for (const host of candidates) {
  // What ssh reaches is asked by whoever uses it: a wrong password prompt here would hang the script.
  if (host.startsWith('ssh://') || (await answers(host))) {
    console.log(host);
    process.exit(0);
  }
}
process.exit(1);
