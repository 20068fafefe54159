/** One declared grant → one compiled grant a server, or what is wrong with it at its line. */
import type { Config, GrantConfig, ServerConfig } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem, warning } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Definition, Json, JsonObject } from '../model/definitions.js';
import type { Lock } from '../model/lock.js';
import type { PolicyGrant } from '../policy/artifact.js';

export function compileGrant(
  grant: GrantConfig,
  servers: readonly ServerConfig[],
  config: Config,
  lock: Lock,
  diagnostics: Diagnostic[],
): PolicyGrant[] {
  const locked = servers.flatMap(({ name }) => {
    const tools = lock.servers[name]?.definitions.tools;
    return tools ? [{ server: name, tools }] : [];
  });
  if (locked.length < servers.length || servers.length === 0) return []; // told elsewhere: not locked, not declared
  const report = new GrantReport(grant, config, diagnostics);
  checkNames(
    grant,
    locked.flatMap(({ tools }) => tools.map((tool) => tool.name)),
    report,
  );
  return locked.flatMap(({ server, tools }) => {
    const granted = tools.filter((tool) => grant.tools.some((pattern) => globs(pattern).test(tool.name)));
    if (granted.length === 0) return [];
    return [
      {
        rule: grant.rule,
        server,
        tools: granted.map((tool) => tool.name).sort(),
        arguments: rulesOf(grant, granted, report),
        set: setOf(grant, granted, report),
        expires: grant.expires,
      },
    ];
  });
}

/** `*` is any run of characters, `?` any one; everything else stands for itself. */
function globs(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

function checkNames(grant: GrantConfig, names: readonly string[], report: GrantReport): void {
  const whose = `${grant.target.type} ${grant.target.name}`;
  grant.tools.forEach((pattern, index) => {
    if (names.some((name) => globs(pattern).test(name))) return;
    if (/[*?]/.test(pattern)) {
      report.warn(
        'unknown_tool',
        `${pattern} matches no locked tool of ${whose}.`,
        'Remove it, or lock a version that has such tools.',
        ['tools', index],
      );
      return;
    }
    const meant = didYouMean(pattern, names);
    const fix = meant ? `Did you mean ${meant}?` : `Its locked tools are: ${names.slice(0, 20).join(', ') || 'none'}.`;
    report.error('unknown_tool', `No locked tool of ${whose} is named ${pattern}.`, fix, ['tools', index]);
  });
  for (const tool of Object.keys(grant.arguments)) {
    if (tool === '*' || names.includes(tool)) continue;
    const meant = didYouMean(tool, names);
    report.error(
      'unknown_tool',
      `A rule is given for ${tool}, which no locked tool of ${whose} is named.`,
      meant ? `Did you mean ${meant}?` : 'Name a tool that the grant names.',
      ['arguments', tool],
    );
  }
}

/** The rule for every tool and the tool's own must both hold. */
function rulesOf(grant: GrantConfig, tools: readonly Definition[], report: GrantReport): Record<string, JsonObject> {
  const rules: Record<string, JsonObject> = {};
  for (const tool of tools) {
    const keys = ['*', tool.name].filter((key) => Object.hasOwn(grant.arguments, key));
    const found = keys.map((key) => {
      const rule = grant.arguments[key] as JsonObject;
      for (const name of Object.keys(object(rule.properties)))
        checkArgument(name, tool, ['arguments', key, 'properties', name], report);
      return withRequired(rule);
    });
    const [first, second] = found;
    if (first) rules[tool.name] = second ? { allOf: [first, second] } : first;
  }
  return rules;
}

/** A property that a rule names must be there: a call that leaves it out would get the server's own default. */
function withRequired(rule: JsonObject): JsonObject {
  const properties = object(rule.properties);
  const names = Object.keys(properties);
  if (names.length === 0) return rule;
  const required = Array.isArray(rule.required) ? rule.required.map(String) : [];
  return {
    ...rule,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, isObject(each) ? withRequired(each) : each]),
    ),
    required: [...new Set([...required, ...names])].sort(),
  };
}

function setOf(grant: GrantConfig, tools: readonly Definition[], report: GrantReport): JsonObject {
  for (const name of Object.keys(grant.set)) for (const tool of tools) checkArgument(name, tool, ['set', name], report);
  return grant.set;
}

function checkArgument(name: string, tool: Definition, path: (string | number)[], report: GrantReport): void {
  const schema = object(tool.inputSchema);
  const known = Object.keys(object(schema.properties));
  if (known.includes(name)) return;
  const meant = didYouMean(name, known);
  report.error(
    'unknown_argument',
    `${tool.name} takes no argument ${name}; its locked schema has ${known.join(', ') || 'none'}.`,
    meant
      ? `Did you mean ${meant}?`
      : 'Name an argument of the tool, or give the tool a grant of its own without this rule.',
    path,
  );
}

function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Diagnostics at places inside one grant; each place is told once. */
class GrantReport {
  private readonly told = new Set<string>();

  constructor(
    private readonly grant: GrantConfig,
    private readonly config: Config,
    private readonly diagnostics: Diagnostic[],
  ) {}

  error(code: Diagnostic['code'], detail: string, fix: string, path: (string | number)[]): void {
    this.tell(problem(code, detail, fix, { range: this.at(path) }), path);
  }

  warn(code: Diagnostic['code'], detail: string, fix: string, path: (string | number)[]): void {
    this.tell(warning(code, detail, fix, { range: this.at(path) }), path);
  }

  private tell(diagnostic: Diagnostic, path: (string | number)[]): void {
    const key = JSON.stringify([path, diagnostic.detail]);
    if (this.told.has(key)) return;
    this.told.add(key);
    this.diagnostics.push(diagnostic);
  }

  private at(path: (string | number)[]): Diagnostic['range'] {
    const { file, path: base } = this.grant.at;
    const inKey = path[0] === 'arguments' || path[0] === 'set';
    return this.config.locate({ file, path: [...base, ...path] }, inKey ? 'key' : 'value');
  }
}
