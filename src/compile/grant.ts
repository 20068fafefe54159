/** One declared grant → one compiled grant a server, or what is wrong with it at its line. */
import type { Config, GrantConfig, ServerConfig } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Definition } from '../model/definitions.js';
import type { Lock } from '../model/lock.js';
import type { PolicyGrant } from '../policy/artifact.js';
import { checkArguments } from './arguments.js';
import { GrantReport } from './grant-report.js';

interface LockedTools {
  server: string;
  tools: readonly Definition[];
}

/** @param servers those that the grant names, sorted. */
export function compileGrant(
  grant: GrantConfig,
  servers: readonly ServerConfig[],
  config: Config,
  lock: Lock,
  diagnostics: Diagnostic[],
): PolicyGrant[] {
  const locked = servers.flatMap(({ name }): LockedTools[] => {
    const tools = lock.servers[name]?.definitions.tools;
    return tools ? [{ server: name, tools }] : [];
  });
  if (locked.length < servers.length || servers.length === 0) return []; // told elsewhere: not locked, not declared
  const report = new GrantReport(grant, config, diagnostics);
  const names = locked.flatMap(({ tools }) => tools.map((tool) => tool.name));
  checkNames(grant, names, report);
  const granted = locked.map(({ server, tools }) => ({
    server,
    tools: tools.filter(({ name }) => isNamed(grant, name)),
  }));
  checkArguments(
    grant,
    granted.flatMap(({ tools }) => tools),
    report,
  );
  return granted.filter(({ tools }) => tools.length > 0).map(({ server, tools }) => compiled(grant, server, tools));
}

function compiled(grant: GrantConfig, server: string, tools: readonly Definition[]): PolicyGrant {
  const names = tools.map((tool) => tool.name).sort();
  // A rule for `*` stays one: the proxy asks that both it and the tool's own hold.
  const rules = Object.entries(grant.arguments).filter(([key]) => key === '*' || names.includes(key));
  const { rule, set, expires } = grant;
  return { rule, server, tools: names, arguments: Object.fromEntries(rules), set, expires };
}

function isNamed(grant: GrantConfig, tool: string): boolean {
  return grant.tools.some((pattern) => matches(pattern, tool));
}

/** `*` is any run of characters, `?` any one; everything else stands for itself. */
function matches(pattern: string, tool: string): boolean {
  if (!isGlob(pattern)) return pattern === tool;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(tool);
}

const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);

function checkNames(grant: GrantConfig, names: readonly string[], report: GrantReport): void {
  const whose = `${grant.target.type} ${grant.target.name}`;
  grant.tools.forEach((pattern, index) => {
    if (names.some((name) => matches(pattern, name))) return;
    const path = ['tools', index];
    if (isGlob(pattern)) {
      const fix = 'Remove it, or lock a version that has such tools.';
      return report.warn('unknown_tool', `${pattern} matches no locked tool of ${whose}.`, fix, path);
    }
    const fix = suggestion(pattern, names, `Its locked tools are: ${names.slice(0, 20).join(', ') || 'none'}.`);
    report.error('unknown_tool', `No locked tool of ${whose} is named ${pattern}.`, fix, path);
  });
  for (const tool of Object.keys(grant.arguments)) {
    if (tool === '*' || (names.includes(tool) && isNamed(grant, tool))) continue;
    const path = ['arguments', tool];
    if (names.includes(tool)) {
      const fix = 'Add it to `tools`, or remove the rule.';
      report.error('unknown_tool', `A rule is given for ${tool}, which this grant does not give.`, fix, path);
    } else {
      const fix = suggestion(tool, names, 'Name a tool that the grant names.');
      report.error(
        'unknown_tool',
        `A rule is given for ${tool}, but no locked tool of ${whose} bears that name.`,
        fix,
        path,
      );
    }
  }
}

function suggestion(written: string, names: readonly string[], otherwise: string): string {
  const meant = didYouMean(written, names);
  return meant === null ? otherwise : `Did you mean ${meant}?`;
}
