/** Docker's rules for .dockerignore: patterns hold from the root, a folder's exclusion takes what is below, the last match decides. */

export function dockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ excludes: !line.startsWith('!'), matches: matcher(line.replace(/^!/, '').trim()) }));
  return (path) => {
    let included = true;
    for (const rule of rules) if (rule.matches.test(path)) included = !rule.excludes;
    return included;
  };
}

/** `**` spans folders, `*` and `?` do not (Go's filepath.Match, with moby's `**`); whatever lies below a match matches too. */
function matcher(pattern: string): RegExp {
  const clean = pattern.replace(/^\/+|\/+$/g, '').replace(/^\.\//, '');
  let source = '';
  for (let i = 0; i < clean.length; i += 1) {
    const character = clean[i] as string;
    if (character === '*' && clean[i + 1] === '*') {
      const slash = clean[i + 2] === '/';
      source += slash ? '(?:.*/)?' : '.*';
      i += slash ? 2 : 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else source += character.replace(/[.+^${}()|[\]\\]/, '\\$&');
  }
  return new RegExp(`^${source}(?:/.*)?$`);
}
