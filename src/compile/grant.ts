/** One declared grant → one compiled grant a server, or what is wrong with it at its line. */
import type { Config, GrantConfig, ServerConfig } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Definition, ServerDefinitions } from '../model/definitions.js';
import type { Lock } from '../model/lock.js';
import type { PolicyGrant } from '../policy/artifact.js';
import { checkArguments } from './arguments.js';
import { isGlob, matches } from './glob.js';
import {
  checkOffers,
  grantedPrompts,
  grantedResources,
  suggestion,
  type LockedServerDefinitions,
} from './grant-offers.js';
import { GrantReport } from './grant-report.js';

/** @param servers those that the grant names, sorted. */
export function compileGrant(
  grant: GrantConfig,
  servers: readonly ServerConfig[],
  config: Config,
  lock: Lock,
  diagnostics: Diagnostic[],
): PolicyGrant[] {
  const locked = servers.flatMap(({ name }): LockedServerDefinitions[] => {
    const definitions = lock.servers[name]?.definitions;
    return definitions ? [{ server: name, definitions }] : [];
  });
  if (locked.length < servers.length || servers.length === 0) return []; // told elsewhere: not locked, not declared
  const report = new GrantReport(grant, config, diagnostics);
  const names = locked.flatMap(({ definitions }) => definitions.tools.map((tool) => tool.name));
  checkNames(grant, names, report);
  checkOffers(grant, locked, report);
  const granted = locked.map(({ server, definitions }) => ({
    server,
    definitions,
    tools: definitions.tools.filter(({ name }) => isNamed(grant, name)),
  }));
  checkArguments(
    grant,
    granted.flatMap(({ tools }) => tools),
    report,
  );
  return granted
    .map(({ server, definitions, tools }) => compiled(grant, server, tools, definitions))
    .filter(({ tools, prompts, resources }) => tools.length + prompts.length + resources.length > 0);
}

function compiled(
  grant: GrantConfig,
  server: string,
  granted: readonly Definition[],
  definitions: ServerDefinitions,
): PolicyGrant {
  const tools = granted.map((tool) => tool.name).sort();
  // A rule for `*` stays one: the proxy asks that both it and the tool's own hold.
  const rules = Object.entries(grant.arguments).filter(([key]) => key === '*' || tools.includes(key));
  const { effect, rule, set, expires, limits, auditArguments } = grant;
  return {
    effect,
    rule,
    server,
    tools,
    // What is denied may be more than what the lock knows of.
    resources: effect === 'deny' ? [...new Set(grant.resources)].sort() : grantedResources(grant, definitions),
    prompts: grantedPrompts(grant, definitions),
    serverRequests: [...new Set(grant.serverRequests)].sort(),
    arguments: Object.fromEntries(rules),
    set,
    expires,
    limits,
    auditArguments,
  };
}

function isNamed(grant: GrantConfig, tool: string): boolean {
  return grant.tools.some((pattern) => matches(pattern, tool));
}

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
