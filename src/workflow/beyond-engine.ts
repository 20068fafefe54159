/** What the declaration asks for and this engine has not: said before anything is done, instead of in the middle of an apply. */
import type { Config, ServerConfig } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { EngineFacts } from '../model/state.js';

/** @param targets empty: all servers. */
export function beyondEngine(
  config: Pick<Config, 'servers' | 'locate'>,
  { cpus, name }: EngineFacts,
  targets: readonly string[],
): Diagnostic[] {
  if (cpus === undefined) return [];
  const isMeant = (server: ServerConfig): boolean =>
    server.source.type !== 'remote' && (targets.length === 0 || targets.includes(`server.${server.name}`));
  return config.servers.filter(isMeant).flatMap((server) => {
    const asked = server.resources.nanoCpus / 1e9;
    if (asked <= cpus) return [];
    const at = { file: server.at.file, path: [...server.at.path, 'resources', 'cpus'] };
    return problem(
      'beyond_engine',
      `\`cpus: ${asked}\` is more than the engine ${name} has: ${cpus}. It starts no container that asks for more.`,
      `Write at most ${cpus}, or a variable where environments have engines of different sizes.`,
      { range: config.locate(at), address: `server.${server.name}` },
    );
  });
}
