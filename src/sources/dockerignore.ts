/**
 * .dockerignore as Docker reads it (moby/patternmatcher): patterns hold from the root, what lies below a match matches
 * too, `!` takes back, and the last match decides. Pure.
 */
import type { Selection } from './context.js';

interface Rule {
  excludes: boolean;
  matches: RegExp;
}

/** @param before patterns that come first, so that the file may take them back. */
export function dockerignore(text: string, before: readonly string[] = []): Selection {
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  const rules = [...before, ...lines].flatMap(ruleOf);
  const includes = (path: string): boolean => {
    let included = true;
    for (const rule of rules) if (rule.matches.test(path)) included = !rule.excludes;
    return included;
  };
  const takesBack = rules.some((rule) => !rule.excludes);
  return { includes, prunes: (folder) => !takesBack && !includes(folder) };
}

function ruleOf(line: string): Rule[] {
  const written = line.trim();
  const excludes = !written.startsWith('!');
  const pattern = cleaned(excludes ? written : written.slice(1).trim());
  return pattern === '' ? [] : [{ excludes, matches: matcher(pattern) }];
}

/** Go's filepath.Clean, less a slash at the front. A pattern that names the root itself is ignored, as Docker does. */
function cleaned(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** `**` spans folders, `*` and `?` do not, `[…]` and `\\` are as in Go's filepath.Match. */
function matcher(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '*' && pattern[at + 1] === '*') {
      at += pattern[at + 2] === '/' ? 2 : 1;
      source += at + 1 >= pattern.length ? '.*' : '(?:.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const set = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(pattern.slice(at));
      source += set ? `[${set[1] ?? ''}${(set[2] ?? '').replace(/\[/g, '\\[')}]` : '\\[';
      at += set ? set[0].length - 1 : 0;
    } else if (character === '\\' && at + 1 < pattern.length) source += literal(pattern.charAt((at += 1)));
    else source += literal(character);
  }
  return new RegExp(`^${source}(?:/.*)?$`, 's');
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
