/** toolbox.yaml and its lock → what the engine should have. Asks no engine. */
import { compile } from '../compile/desired.js';
import type { Compiled } from '../compile/desired.js';
import type { Config } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { Lock } from '../model/lock.js';
import { buildDigest } from '../sources/build-folder.js';
import { baseImages, serverImage, systemImage } from '../sources/names.js';
import type { Bases, NamedImage } from '../sources/names.js';
import type { CertificateFile, Judged } from './certificate.js';
import type { Context, Loaded } from './context.js';
import { requireLock, throwErrors } from './context.js';
import { roleDigest } from './distribution.js';
import { engineSocket } from './engine-socket.js';

export interface Declared extends Compiled {
  config: Config;
  lock: Lock;
  warnings: Diagnostic[];
  bases: Bases;
  images: ReadonlyMap<string, NamedImage>;
  /** What the policy's certificate is delivered as; left out: it has none. */
  certificate?: CertificateFile;
}

/**
 * @param platform of the engine: `linux/amd64`.
 * @throws Failure with everything in the declaration that does not fit the lock.
 */
export async function declare(context: Context, loaded: Loaded, platform: string): Promise<Declared> {
  const { config } = loaded;
  const lock = requireLock(loaded);
  const project = { name: config.project.name, id: config.project.id };
  const bases = baseImages(project, lock.runtimes, platform);
  const system = systemImage(project, roleDigest(context.distribution), bases.node);
  const servers: Record<string, NamedImage> = {};
  for (const { name } of config.servers) {
    const locked = lock.servers[name];
    if (locked && locked.source.type !== 'remote') servers[name] = serverImage(project, name, locked, bases, platform);
  }
  const { found, diagnostics: judged } = await certificate(config, context);
  const compiled = compile(config, lock, {
    images: servers,
    systemImage: system,
    engineSocket: engineSocket(config, context.env),
    tokens: loaded.tokens,
    certificate: found?.certificate ?? null,
    version: context.version,
  });
  const diagnostics = [...loaded.diagnostics, ...compiled.diagnostics, ...judged, ...(await staleBuilds(config, lock))];
  throwErrors(diagnostics);
  const named = [...Object.values(bases), system, ...Object.values(servers)];
  return {
    ...compiled,
    config,
    lock,
    warnings: diagnostics,
    bases,
    images: new Map(named.map((each) => [each.address, each])),
    ...(found && { certificate: found.file }),
  };
}

async function certificate(config: Config, context: Context): Promise<Judged> {
  if (!config.project.proxy.tls) return { found: null, diagnostics: [] };
  const { readCertificate } = await import('./certificate.js');
  return readCertificate(config, context.dir, context.now());
}

/** A build folder that changed since it was locked: its definitions may have changed with it. */
async function staleBuilds(config: Config, lock: Lock): Promise<Diagnostic[]> {
  const stale: Diagnostic[] = [];
  for (const server of config.servers) {
    const locked = lock.servers[server.name]?.source;
    if (server.source.type !== 'build' || locked?.type !== 'build') continue;
    if ((await buildDigest(server.source)) === locked.context) continue;
    stale.push(
      problem(
        'lock_stale',
        `The files in ${server.source.declared} changed after server ${server.name} was locked.`,
        `Run \`toolcrib lock ${server.name}\`, review what it says, and commit it.`,
        {
          range: config.locate({ file: server.at.file, path: [...server.at.path, 'build'] }),
          address: `server.${server.name}`,
        },
      ),
    );
  }
  return stale;
}
