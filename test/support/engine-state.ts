/** What the engine holds of a project, asked past Toolcrib: the tests' own eyes. */
import http from 'node:http';

export const HOST = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
const API = '/v1.41';

export function engineApi(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = payload ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) } : {};
    const request = http.request(
      { socketPath: HOST.replace(/^unix:\/\//, ''), method, path: `${API}${path}`, headers },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    request.on('error', reject);
    request.end(payload);
  });
}

async function json<T>(path: string): Promise<T> {
  return JSON.parse((await engineApi('GET', path)).body) as T;
}

const labelled = (project: string): string =>
  encodeURIComponent(JSON.stringify({ label: [`io.toolcrib.project=${project}`] }));

export interface Listed {
  Id: string;
  Names: string[];
  State: string;
  Labels: Record<string, string>;
}

export function containersOf(project: string): Promise<Listed[]> {
  return json(`/containers/json?all=true&filters=${labelled(project)}`);
}

export async function containerOf(project: string, address: string): Promise<Listed> {
  const found = (await containersOf(project)).filter((each) => each.Labels['io.toolcrib.address'] === address);
  if (found.length !== 1) throw new Error(`${found.length} containers of ${address}`);
  return found[0] as Listed;
}

export interface Inspected {
  Id: string;
  Name: string;
  Image: string;
  State: { Running: boolean };
  Config: Record<string, unknown> & { User: string; Env: string[]; Labels: Record<string, string> };
  HostConfig: Record<string, unknown> & { Memory: number; NetworkMode: string };
  Mounts: { Source: string; Destination: string; RW: boolean }[];
}

export function inspect(id: string): Promise<Inspected> {
  return json(`/containers/${id}/json`);
}

/** Names of everything on the engine that bears the project's label. */
export async function remains(project: string): Promise<string[]> {
  const filters = labelled(project);
  const [containers, networks, volumes, images] = await Promise.all([
    containersOf(project),
    json<{ Name: string }[]>(`/networks?filters=${filters}`),
    json<{ Volumes: { Name: string }[] | null }>(`/volumes?filters=${filters}`),
    json<{ Id: string; RepoTags: string[] | null }[]>(`/images/json?filters=${filters}`),
  ]);
  return [
    ...containers.map((each) => `container ${each.Names.join()} ${each.State}`),
    ...networks.map((each) => `network ${each.Name}`),
    ...(volumes.Volumes ?? []).map((each) => `volume ${each.Name}`),
    ...images.map((each) => `image ${each.RepoTags?.join() ?? each.Id}`),
  ].sort();
}
