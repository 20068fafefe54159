/** Names of tools and prompts in grants: `*` is any run of characters, `?` any one; everything else stands for itself. */

export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);

export function matches(pattern: string, name: string): boolean {
  if (!isGlob(pattern)) return pattern === name;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
