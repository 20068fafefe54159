/** A file as a command would compile it, with the lock that `toolcrib lock` would have left: all of it without an engine. */
import { compile } from '../../../src/compile/desired.js';
import type { CompileOptions, Compiled } from '../../../src/compile/desired.js';
import type { Config, ServerConfig } from '../../../src/config/config.js';
import { digestOf, toolHashes } from '../../../src/definitions/hash.js';
import type { ServerDefinitions } from '../../../src/model/definitions.js';
import type { Lock, LockedServer, LockedRuntime } from '../../../src/model/lock.js';
import { baseImages, serverImage, systemImage } from '../../../src/sources/names.js';

/** @param offers what each server offers. */
export function compiled(config: Config, offers: (server: string) => ServerDefinitions): Compiled {
  const project = { name: config.project.name, id: config.project.id };
  const lock = lockOf(config, offers);
  const bases = baseImages(project, lock.runtimes, 'linux/amd64');
  const images = config.servers
    .filter(({ source }) => source.type !== 'remote')
    .map(({ name }) => [name, serverImage(project, name, lock.servers[name]!, bases, 'linux/amd64')] as const);
  return compile(config, lock, {
    images: Object.fromEntries(images),
    systemImage: systemImage(project, 'role', bases.node),
    engineSocket: config.project.engineSocket ?? '/var/run/docker.sock',
    tokens: [],
    certificate: certificateOf(config),
    version: '1.2.3',
  });
}

/** As reading the two files would have found it: other files are another certificate and another key. */
function certificateOf({ project }: Config): NonNullable<CompileOptions['certificate']> | null {
  const { tls } = project.proxy;
  const hash = (text: string): string => digestOf(text).slice('sha256:'.length);
  return tls && { file: hash(tls.cert + tls.key), fingerprint: hash(tls.cert), expires: '2027-01-01T00:00:00.000Z' };
}

/** As `toolcrib lock` would have left it after the edit. */
function lockOf({ servers, project }: Config, offers: (server: string) => ServerDefinitions): Lock {
  const runtime = (kind: 'node' | 'python'): LockedRuntime => {
    const text = project.runtimes[kind]?.reference ?? null;
    if (text !== null) return { type: 'image', declared: text, digest: `${text}@sha256:${'0'.repeat(64)}`, id: '' };
    return { type: 'host', platforms: { 'linux/amd64': { digest: digestOf(kind), version: '1.0.0' } } };
  };
  return {
    version: 1,
    toolcrib: '1.2.3',
    envelope: { protocolVersion: '2025-11-25', capabilities: {} },
    runtimes: { node: runtime('node'), python: runtime('python') },
    servers: Object.fromEntries(
      servers.map((server): [string, LockedServer] => {
        const definitions = offers(server.name);
        return [server.name, { source: sourceOf(server), definitions, hashes: toolHashes(definitions), tree: null }];
      }),
    ),
  };
}

function sourceOf({ source }: ServerConfig): LockedServer['source'] {
  const { declared: text } = source;
  switch (source.type) {
    case 'npm':
      return {
        type: 'npm',
        declared: text,
        package: source.package,
        version: source.range,
        integrity: '',
        tree: digestOf(text),
        allowScripts: [...source.allowScripts].sort(),
      };
    case 'pypi':
      return { type: 'pypi', declared: text, package: 's', version: '1', wheels: { 'linux/amd64': digestOf(text) } };
    case 'build':
      return {
        type: 'build',
        declared: text,
        context: digestOf([source.folder.split('/').at(-1) ?? '', source.dockerfile]),
        network: source.network,
      };
    case 'image':
      return { type: 'image', declared: text, digest: `${text}@${digestOf(text)}`, id: '' };
    case 'remote':
      return { type: 'remote', declared: text };
  }
}
