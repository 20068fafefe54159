/** STOPGAP until the real one lands. */
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { JsonObject } from '../model/definitions.js';
import type { Config, GrantConfig, MountConfig, ServerConfig, SourceConfig } from './config.js';
import type { Toolbox } from './schema-types.js';
import { readTextFile } from './text-file.js';
import { parseYaml } from './yaml-file.js';

export interface LoadOptions {
  dir: string; files: string[]; variables: Record<string, string>; variableFiles: string[];
  env: Readonly<Record<string, string | undefined>>; version: string; now: Date; checkMounts: boolean;
}
const size = (text: string | number | undefined): number => {
  const m = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|K|M|G)?$/.exec(String(text ?? '256Mi'));
  const f: Record<string, number> = { Ki: 1024, Mi: 1048576, Gi: 1073741824, K: 1e3, M: 1e6, G: 1e9 };
  return Number(m?.[1]) * (f[m?.[2] ?? ''] ?? 1);
};
export async function loadConfig(options: LoadOptions): Promise<{ config: Config | null; diagnostics: Diagnostic[] }> {
  const read = await readTextFile(join(options.dir, 'toolbox.yaml'), 'toolbox.yaml');
  if (!('file' in read)) return { config: null, diagnostics: 'diagnostic' in read ? [read.diagnostic] : [problem('file_missing', 'There is no toolbox.yaml.', 'toolcrib init')] };
  const yaml = parseYaml(read.file);
  if (yaml.diagnostics.length > 0) return { config: null, diagnostics: yaml.diagnostics };
  const file = 'toolbox.yaml';
  const box = yaml.value as Toolbox;
  const project = box.project!;
  const [host = '127.0.0.1', port = '7411'] = (project.proxy?.listen ?? '127.0.0.1:7411').split(':');
  const servers = Object.entries(box.servers ?? {}).map(([name, s]): ServerConfig => {
    const source: SourceConfig = s.npm ? { type: 'npm', package: s.npm.replace(/(?<=.)@[^@/]*$/, ''), range: /(?<=.)@([^@/]*)$/.exec(s.npm)?.[1] ?? '', declared: s.npm, allowScripts: s.allow_scripts ?? [] }
      : s.build ? { type: 'build', declared: s.build, folder: resolve(options.dir, s.build), dockerfile: s.dockerfile ?? 'Dockerfile', network: s.build_network ?? false } : { type: 'image', declared: s.image! };
    return { name, toolbox: box.toolbox, prefix: s.alias ?? name, source, command: s.command ?? null, args: s.args ?? [],
      env: Object.fromEntries(Object.entries(s.env ?? {}).map(([k, v]) => [k, String(v)])), user: s.user === undefined ? null : String(s.user), workdir: s.workdir ?? null, healthcheck: null,
      mounts: (s.mounts ?? []).map((m, i): MountConfig => ({ type: m.volume ? 'volume' : 'bind', source: m.volume ?? realpathSync(resolve(options.dir, m.source!)), target: m.target, readonly: m.readonly ?? false, at: { file, path: ['servers', name, 'mounts', i] } })),
      resources: { memory: size(s.resources?.memory), nanoCpus: (s.resources?.cpus ?? 1) * 1e9, pids: s.resources?.pids ?? 128 }, replace: s.replace ?? null, at: { file, path: ['servers', name] } };
  });
  const agents = Object.entries(box.agents ?? {}).map(([name, a]) => ({ name, authenticate: [{ type: 'token' as const }], at: { file, path: ['agents', name] },
    grants: (a.grants ?? []).map((g, i): GrantConfig => ({ rule: `agents.${name}.grants[${i}]`, target: g.server ? { type: 'server', name: g.server } : { type: 'toolbox', name: g.toolbox! }, tools: typeof g.tools === 'string' ? [g.tools] : g.tools, arguments: (g.arguments ?? {}) as Record<string, JsonObject>, set: (g.set ?? {}) as JsonObject, expires: g.expires ?? null, at: { file, path: ['agents', name, 'grants', i] } })) }));
  return { diagnostics: [], config: { project: { name: project.name, id: project.id, requiredVersion: null, proxy: { host, port: Number(port), publicUrl: null, allowedHosts: [], allowedOrigins: [], memory: 268435456 }, runtimes: { node: project.runtimes?.node?.host ? { type: 'host', reference: null } : { type: 'image', reference: project.runtimes?.node?.image ?? 'node:22-slim' } }, mountRoots: [], networkPool: '10.89.0.0/16', engineSocket: project.engine?.socket ?? null, at: { file, path: ['project'] } },
    toolboxes: [box.toolbox], servers, volumes: Object.keys(box.volumes ?? {}).map((name) => ({ name, at: { file, path: ['volumes', name] } })), agents, root: options.dir, files: [file], locate: (p, part) => yaml.locate(p.path, part) } };
}
