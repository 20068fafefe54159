/** Names that agents see at /mcp: `PREFIX__TOOL`, and prompts alike. Many model providers take 64 characters and no more. */
import type { Config } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem, warning } from '../diagnostics/failure.js';
import type { Policy } from '../policy/artifact.js';

const LONGEST = 64;
const LONG = 50;

export function lengthProblems(agents: Policy['agents'], config: Config): Diagnostic[] {
  const granted = new Map<string, Set<string>>();
  for (const grant of Object.values(agents).flatMap((agent) => agent.grants)) {
    if (grant.effect === 'deny') continue;
    const tools = granted.get(grant.server) ?? new Set();
    for (const name of [...grant.tools, ...grant.prompts]) tools.add(name);
    granted.set(grant.server, tools);
  }
  return config.servers.flatMap((server) => {
    const names = [...(granted.get(server.name) ?? [])].map((tool) => `${server.prefix}__${tool}`);
    const longest = names.sort((a, b) => b.length - a.length)[0] ?? '';
    if (longest.length <= LONG) return [];
    const where = { range: config.locate(server.at, 'key'), address: `server.${server.name}` };
    const fix = `Give the server a short \`alias:\`; its tools and prompts are then named ALIAS__NAME.`;
    const said = `Agents would see ${longest}, ${longest.length} characters long`;
    return longest.length > LONGEST
      ? [problem('name_too_long', `${said}; clients and models take at most ${LONGEST}.`, fix, where)]
      : [
          warning(
            'name_too_long',
            `${said}; some clients add a prefix of their own and take at most ${LONGEST}.`,
            fix,
            where,
          ),
        ];
  });
}
