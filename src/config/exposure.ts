/** Nothing listens where other machines may reach it without TLS, unless the declaration says so in as many words. */
import { isLoopbackAddress } from '../model/loopback.js';
import type { DeclaredFile, Problems } from './declared-file.js';
import { parseListen } from './listen.js';
import type { Project, Proxy } from './schema-types.js';

interface Layer {
  path: readonly string[];
  proxy: Proxy;
}

/** The project as it stands, and in each of its environments: a mistake in `prod` is not to wait for its first deployment. */
export function checkExposure(file: DeclaredFile, { proxy, environments }: Project, problems: Problems): void {
  const sound = ({ path }: Layer): boolean => file.shape.sound(path);
  const own: Layer = { path: ['project', 'proxy'], proxy: proxy ?? {} };
  if (!sound(own)) return;
  const others = Object.entries(environments ?? {}).map(([name, environment]): Layer => {
    return { path: ['project', 'environments', name, 'proxy'], proxy: environment?.proxy ?? {} };
  });
  const told = new Set<string>();
  for (const layers of [[own], ...others.filter(sound).map((other) => [other, own])]) {
    for (const key of ['listen', 'admin'] as const) {
      const at = exposed(layers, key);
      // An address that two of them have is one mistake.
      if (!at || told.has(`${at.path.join()} ${key}`)) continue;
      told.add(`${at.path.join()} ${key}`);
      refuse(key, at, file, problems);
    }
  }
}

/** @param layers the first that says something counts. @returns where the address stands that may not be listened on. */
function exposed(layers: readonly Layer[], key: 'listen' | 'admin'): Layer | null {
  const saying = (what: keyof Proxy): Layer | undefined => layers.find(({ proxy }) => proxy[what] !== undefined);
  if (saying('insecure')?.proxy.insecure === true) return null;
  // Metrics are served as they are, whatever agents are served with.
  if (key === 'listen' && saying('tls')) return null;
  const at = saying(key);
  const read = at && parseListen(at.proxy[key] ?? '');
  return at && read && 'host' in read && !isLoopbackAddress(read.host) ? at : null;
}

function refuse(key: 'listen' | 'admin', { path, proxy }: Layer, file: DeclaredFile, problems: Problems): void {
  const agents = key === 'listen';
  problems.error(
    'insecure_listen',
    `\`${proxy[key]}\` can be reached from other machines, and ${agents ? 'without `tls` tokens and calls go' : 'metrics are served'} unencrypted.`,
    agents
      ? 'Give it a certificate: `tls: {cert: FILE, key: FILE}`; or listen on `127.0.0.1`; or, where the network is trusted, say `insecure: true`.'
      : 'Serve them on `127.0.0.1`; or, where the network is trusted, say `insecure: true`.',
    { file: file.name, path: [...path, key] },
  );
}
