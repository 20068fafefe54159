/** What somebody does to the engine behind toolcrib's back: the tests' other hand. */
import { engineApi } from './engine-state.js';

export async function did(method: string, path: string, body?: unknown): Promise<string> {
  const answer = await engineApi(method, path, body);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return answer.body;
}

type Body = Record<string, unknown>;
export interface CreateBody extends Body {
  Labels: Record<string, string>;
  Env: string[];
  HostConfig: Body & { Mounts?: unknown[]; Binds?: unknown[] };
  NetworkingConfig: { EndpointsConfig: Record<string, { Aliases?: string[] }> };
}

/** What a container would be created with to be the same again. */
export async function createBodyOf(id: string): Promise<{ name: string; body: CreateBody }> {
  const { Name, Config, HostConfig, NetworkSettings } = JSON.parse(await did('GET', `/containers/${id}/json`)) as {
    Name: string;
    Config: CreateBody;
    HostConfig: CreateBody['HostConfig'];
    NetworkSettings: { Networks: Record<string, unknown> };
  };
  const networks = Object.keys(NetworkSettings.Networks).filter((each) => each !== 'none');
  const EndpointsConfig = Object.fromEntries(networks.map((each) => [each, {}]));
  return { name: Name.slice(1), body: { ...Config, HostConfig, NetworkingConfig: { EndpointsConfig } } };
}

/** Removed and created again under its name, labels and all, with something changed. */
export async function recreate(id: string, change: (body: CreateBody) => void, start = false): Promise<string> {
  const { name, body } = await createBodyOf(id);
  change(body);
  await did('DELETE', `/containers/${id}?force=1`);
  const { Id } = JSON.parse(await did('POST', `/containers/create?name=${name}`, body)) as { Id: string };
  if (start) await did('POST', `/containers/${Id}/start`);
  return Id;
}
