/** The rule for paths (DESIGN.md, `arguments`): absolute, equal to a folder or below it, and readable in one way only. */

/** Absolute, and with no segment that another reader could resolve to somewhere else. */
export function isPlainPath(value: unknown): value is string {
  if (typeof value !== 'string' || !value.startsWith('/')) return false;
  if (value.includes('\0') || value.includes('\\')) return false;
  if (value === '/') return true;
  return value
    .slice(1)
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** @param root a plain path. What is not a string, or not plain, is never within. */
export function isWithin(root: string, value: unknown): boolean {
  if (!isPlainPath(value)) return false;
  return root === '/' || value === root || value.startsWith(`${root}/`);
}
