/**
 * The argument rules and the fixed arguments of one grant against the locked schemas of the tools it gives. It fails
 * closed: a rule for `*` must fit every tool of the grant, for one that it does not fit would otherwise go without.
 */
import type { GrantConfig } from '../config/config.js';
import { didYouMean } from '../diagnostics/suggest.js';
import { isObject, type Definition, type Json, type JsonObject } from '../model/definitions.js';
import { ruleProblems } from '../policy/rule.js';
import type { GrantReport } from './grant-report.js';

export function checkArguments(grant: GrantConfig, tools: readonly Definition[], report: GrantReport): void {
  for (const [key, rule] of Object.entries(grant.arguments)) {
    const problems = ruleProblems(rule);
    for (const { path, message } of problems) {
      const at = ['arguments', key, ...path];
      report.error('invalid_arguments_rule', `${path.join('.') || 'The rule'} ${message}.`, 'Mend the rule.', at);
    }
    if (problems.length > 0) continue;
    const ruled = tools.filter((tool) => key === '*' || tool.name === key);
    for (const path of namedArguments(rule)) checkArgument(path, ['arguments', key], ruled, grant, report);
  }
  for (const name of Object.keys(grant.set)) {
    for (const tool of tools) if (!knows(tool, name)) unknownArgument(name, tool, ['set', name], report);
  }
}

function checkArgument(
  path: (string | number)[],
  rule: (string | number)[],
  tools: readonly Definition[],
  grant: GrantConfig,
  report: GrantReport,
): void {
  const name = String(path.at(-1));
  const at = [...rule, ...path];
  for (const tool of tools) if (!knows(tool, name)) unknownArgument(name, tool, at, report);
  if (!Object.hasOwn(grant.set, name)) return;
  const fix = 'Remove it from the rule, or from `set`.';
  report.error(
    'invalid_arguments_rule',
    `The rule asks the agent for ${name}, which \`set\` fixes: no call could satisfy both.`,
    fix,
    at,
  );
}

/** Where a rule names arguments of the call itself: at its top, and in the parts that speak of the same object. */
function namedArguments(rule: Json): (string | number)[][] {
  if (!isObject(rule)) return [];
  const own = isObject(rule.properties) ? Object.keys(rule.properties).map((name) => ['properties', name]) : [];
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => {
    const each = rule[keyword];
    if (!Array.isArray(each)) return [];
    return each.flatMap((part, index) => namedArguments(part).map((path) => [keyword, index, ...path]));
  });
  return [...own, ...parts];
}

/** A schema that lists no properties takes any. */
function knows(tool: Definition, name: string): boolean {
  const properties = propertiesOf(tool);
  return properties === null || Object.hasOwn(properties, name);
}

function propertiesOf({ inputSchema }: Definition): JsonObject | null {
  return isObject(inputSchema) && isObject(inputSchema.properties) ? inputSchema.properties : null;
}

function unknownArgument(name: string, tool: Definition, path: (string | number)[], report: GrantReport): void {
  const known = Object.keys(propertiesOf(tool) ?? {});
  const meant = didYouMean(name, known);
  const other = 'Name an argument that the tool has, or give the tool a grant of its own without this rule.';
  const detail = `${tool.name} takes no argument ${name}; its locked schema has ${known.join(', ') || 'none'}.`;
  report.error('unknown_argument', detail, meant === null ? other : `Did you mean ${meant}?`, path);
}
