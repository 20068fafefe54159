/** A port in use shows only when a container starts, as a 500 in the words of whoever noticed. Here it becomes `port_in_use`. */
import type { ContainerInspect } from '../model/inspect.js';
import type { Api } from './api.js';
import { engineFailure, EngineRefusal } from './errors.js';

/** moby's port allocator, then the system's own refusal. */
const CLASH = /port is already allocated|address already in use/;
const ADDRESS = [/Bind for (\S+?) failed/, /listen tcp[46]? (\S+?): bind/];

interface Publisher {
  Id: string;
  Names?: string[] | null;
}

export async function explainStart(error: unknown, api: Api, container: ContainerInspect | null): Promise<unknown> {
  if (!(error instanceof EngineRefusal) || !CLASH.test(error.words)) return error;
  const address = addressIn(error.words) ?? addressOf(container) ?? 'an address it publishes';
  const port = /:(\d+)$/.exec(address)?.[1] ?? null;
  const other = port === null ? null : await publisherOf(port, api, container?.Id ?? '');
  const who = other ? `container ${other} publishes it` : 'a process on the engine’s host listens there';
  const find = other
    ? `Stop ${other}`
    : `Find it on that host with \`ss -ltnp\`${port ? ` (port ${port})` : ''} and stop it`;
  const name = container?.Name.replace(/^\//, '') ?? 'the container';
  return engineFailure(
    'port_in_use',
    `${name} cannot be started, because ${address} is taken: ${who}.`,
    `${find}, or choose another \`project.proxy.listen\` in toolbox.yaml; then run \`toolcrib apply\` again.`,
  );
}

function addressIn(words: string): string | null {
  for (const pattern of ADDRESS) {
    const address = pattern.exec(words)?.[1];
    if (address && /:\d+$/.test(address)) return address;
  }
  return null;
}

function addressOf(container: ContainerInspect | null): string | null {
  const bindings = Object.values(container?.HostConfig.PortBindings ?? {}).flatMap((each) => each ?? []);
  const first = bindings[0];
  return first?.HostPort ? `${first.HostIp || '0.0.0.0'}:${first.HostPort}` : null;
}

/** Best effort: only who it is would be missing. */
async function publisherOf(port: string, api: Api, self: string): Promise<string | null> {
  try {
    const query = { filters: JSON.stringify({ publish: [`${port}/tcp`] }) };
    const found = await api.json<Publisher[]>({ method: 'GET', path: '/containers/json', query });
    return found.find((each) => each.Id !== self)?.Names?.[0]?.replace(/^\//, '') ?? null;
  } catch {
    return null;
  }
}
