/** The engine's API by plain HTTP, past Toolcrib: what the benchmark itself sets up, looks at and removes. */
import http from 'node:http';

function target() {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  const url = new URL(host);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  if (url.protocol === 'tcp:' || url.protocol === 'http:') return { host: url.hostname, port: url.port || 2375 };
  throw new Error(`the benchmark reaches an engine by unix:// or plain tcp:// alone, not ${host}`);
}

/** @param body a stream, a Buffer, or nothing */
export function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/x-tar' } : {};
    const request = http.request({ ...target(), method, path: `/v1.41${path}`, headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => {
        const answer = Buffer.concat(parts);
        if (response.statusCode < 400) return resolve(answer);
        reject(new Error(`${method} ${path}: ${response.statusCode} ${answer.toString('utf8').trim()}`));
      });
    });
    request.on('error', reject);
    if (body && typeof body.pipe === 'function') body.pipe(request);
    else request.end(body);
  });
}

export const get = async (path) => JSON.parse((await call('GET', path)).toString('utf8'));

const filter = (value) => `filters=${encodeURIComponent(JSON.stringify(value))}`;
export const labelled = (label) => filter({ label: [label] });

export const containersOf = (project) => get(`/containers/json?all=1&${labelled(`io.toolcrib.project=${project}`)}`);

/** Whatever a project still has on the engine after destroy, and after a failure before it. */
export async function sweep(project) {
  const label = labelled(`io.toolcrib.project=${project}`);
  const each = async (things, remove) => {
    for (const thing of things ?? []) await remove(thing).catch(() => undefined);
  };
  await each(await containersOf(project), ({ Id }) => call('DELETE', `/containers/${Id}?force=1&v=1`));
  await each(await get(`/networks?${label}`), ({ Id }) => call('DELETE', `/networks/${Id}`));
  await each((await get(`/volumes?${label}`)).Volumes, ({ Name }) => call('DELETE', `/volumes/${Name}?force=1`));
  await each(await get(`/images/json?${label}`), ({ Id }) => call('DELETE', `/images/${Id}?force=1`));
}
