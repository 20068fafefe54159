/** Prompts and resources of a declared grant against the lock: what it gives of each server, and what names nothing. */
import type { GrantConfig } from '../config/config.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { ServerDefinitions } from '../model/definitions.js';
import { isUriPattern, mayBeAsLong, mayMeet, uriPattern } from '../policy/uri-pattern.js';
import { isGlob, matches } from './glob.js';
import type { GrantReport } from './grant-report.js';

export interface LockedServerDefinitions {
  server: string;
  definitions: ServerDefinitions;
}

/** Exact names, sorted. */
export function grantedPrompts(grant: GrantConfig, { prompts }: ServerDefinitions): string[] {
  const names = new Set(prompts.map((prompt) => prompt.name));
  return [...names].filter((name) => grant.prompts.some((pattern) => matches(pattern, name))).sort();
}

/** Patterns that speak of something that the server has, sorted. */
export function grantedResources(grant: GrantConfig, definitions: ServerDefinitions): string[] {
  return [...new Set(grant.resources)].filter((pattern) => speaksOf(pattern, definitions)).sort();
}

export function checkOffers(grant: GrantConfig, locked: readonly LockedServerDefinitions[], report: GrantReport): void {
  const whose = `${grant.target.type} ${grant.target.name}`;
  const names = locked.flatMap(({ definitions }) => definitions.prompts.map((prompt) => prompt.name));
  grant.prompts.forEach((pattern, index) => {
    if (names.some((name) => matches(pattern, name))) return;
    const path = ['prompts', index];
    if (isGlob(pattern)) {
      const fix = 'Remove it, or lock a version that has such prompts.';
      return report.warn('unknown_prompt', `${pattern} matches no locked prompt of ${whose}.`, fix, path);
    }
    const fix = suggestion(pattern, names, `Its locked prompts are: ${names.slice(0, 20).join(', ') || 'none'}.`);
    report.error('unknown_prompt', `No locked prompt of ${whose} is named ${pattern}.`, fix, path);
  });
  const uris = locked.flatMap(({ definitions }) => urisOf(definitions));
  grant.resources.forEach((pattern, index) => {
    if (locked.some(({ definitions }) => speaksOf(pattern, definitions))) return;
    const path = ['resources', index];
    const said = `No locked resource or template of ${whose} has ${pattern}.`;
    if (isUriPattern(pattern)) {
      return report.warn('unknown_resource', said, resourceFix(pattern, uris), path);
    }
    const fix = suggestion(pattern, uris, `Its locked ones are: ${uris.slice(0, 10).join(', ') || 'none'}.`);
    report.error('unknown_resource', said, fix, path);
  });
}

function speaksOf(pattern: string, { resources, resourceTemplates }: ServerDefinitions): boolean {
  const made = uriPattern(pattern);
  if (resources.some(({ uri }) => typeof uri === 'string' && made.test(uri))) return true;
  return resourceTemplates.some(({ uriTemplate }) => {
    if (typeof uriTemplate !== 'string') return false;
    if (uriTemplate === pattern) return true;
    if (!isUriPattern(pattern)) return uriPattern(uriTemplate).test(pattern);
    return mayMeet(pattern, uriTemplate) && mayBeAsLong(pattern, uriTemplate);
  });
}

/** Tools are all granted by `*`, and so many a hand writes that here. */
function resourceFix(pattern: string, uris: readonly string[]): string {
  const wider = pattern.replace(/\*+/g, '**');
  const meant = wider === pattern ? undefined : uris.find((uri) => uriPattern(wider).test(uri));
  return meant === undefined
    ? 'Remove it, or lock a version that has such resources.'
    : `\`*\` stands for no slash; \`${wider}\` has ${meant} and the like.`;
}

function urisOf({ resources, resourceTemplates }: ServerDefinitions): string[] {
  return [...resources.map(({ uri }) => uri), ...resourceTemplates.map(({ uriTemplate }) => uriTemplate)].filter(
    (uri) => typeof uri === 'string',
  );
}

export function suggestion(written: string, names: readonly string[], otherwise: string): string {
  const meant = didYouMean(written, names);
  return meant === null ? otherwise : `Did you mean ${meant}?`;
}
