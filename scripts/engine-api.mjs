/** The engine's HTTP API, asked directly: what scripts see of an engine past Toolcrib, and without a docker CLI. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';

const VERSION = '/v1.41';

/** How to reach `host`: unix://, tcp://, http(s)://, with Docker's own TLS variables. */
export function reach(host) {
  const url = new URL(host);
  if (url.protocol === 'unix:') return { module: http, options: { socketPath: url.pathname } };
  const secure = url.protocol === 'https:' || Boolean(process.env.DOCKER_TLS_VERIFY);
  const options = { host: url.hostname, port: url.port || (secure ? 2376 : 2375) };
  if (!secure) return { module: http, options };
  const folder = process.env.DOCKER_CERT_PATH || path.join(os.homedir(), '.docker');
  const read = (name) => readFileSync(path.join(folder, name));
  return { module: https, options: { ...options, ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') } };
}

/** @returns the answer's body as bytes; throws the engine's own words on an error status. */
export function engineBytes(method, resource, body) {
  const { module, options } = reach(process.env.DOCKER_HOST);
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = payload ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) } : {};
  return new Promise((resolve, reject) => {
    const request = module.request({ ...options, method, path: VERSION + resource, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks);
        if (response.statusCode < 400) resolve(answer);
        else reject(new Error(`engine: ${method} ${resource}: ${response.statusCode} ${answer.toString().trim()}`));
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(payload);
  });
}

export async function engine(method, resource, body) {
  const answer = await engineBytes(method, resource, body);
  return answer.length > 0 ? JSON.parse(answer.toString()) : null;
}

/** Runs a command in a container, as its own user, and returns what it wrote to stdout. */
export async function execute(container, command) {
  const { Id } = await engine('POST', `/containers/${container}/exec`, {
    AttachStdout: true,
    AttachStderr: true,
    Cmd: command,
  });
  const frames = await engineBytes('POST', `/exec/${Id}/start`, { Detach: false, Tty: false });
  const { ExitCode } = await engine('GET', `/exec/${Id}/json`);
  const streams = { 1: '', 2: '' };
  for (let at = 0; at + 8 <= frames.length;) {
    const size = frames.readUInt32BE(at + 4);
    streams[frames[at]] += frames.subarray(at + 8, at + 8 + size).toString();
    at += 8 + size;
  }
  if (ExitCode !== 0) throw new Error(`in ${container}, ${command[0]} ended with ${ExitCode}: ${streams[2]}`);
  return streams[1];
}

/** Everything on the engine that bears a label of the project, as `kind name`. */
export async function remains(project) {
  const filters = encodeURIComponent(JSON.stringify({ label: [`io.toolcrib.project=${project}`] }));
  const [containers, networks, { Volumes: volumes }, images] = await Promise.all([
    engine('GET', `/containers/json?all=true&filters=${filters}`),
    engine('GET', `/networks?filters=${filters}`),
    engine('GET', `/volumes?filters=${filters}`),
    engine('GET', `/images/json?all=true&filters=${filters}`),
  ]);
  return [
    ...containers.map((each) => `container ${each.Names.join()} (${each.State})`),
    ...networks.map((each) => `network ${each.Name}`),
    ...(volumes ?? []).map((each) => `volume ${each.Name}`),
    ...images.map((each) => `image ${(each.RepoTags ?? []).join() || each.Id}`),
  ];
}

/** The project's containers with all that the engine knows of them, by address. */
export async function containers(project) {
  const filters = encodeURIComponent(
    JSON.stringify({ label: [`io.toolcrib.project=${project}`, 'io.toolcrib.generation'] }),
  );
  const list = await engine('GET', `/containers/json?all=true&filters=${filters}`);
  const inspected = await Promise.all(list.map(({ Id }) => engine('GET', `/containers/${Id}/json`)));
  return Object.fromEntries(inspected.map((each) => [each.Config.Labels['io.toolcrib.address'], each]));
}
