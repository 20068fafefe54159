/** The rule for paths (DESIGN.md, `arguments`): absolute, equal to a folder or below it, and readable in one way only. */

/** Absolute, and with no segment that another reader could resolve to somewhere else. */
export function isPlainPath(value: unknown): value is string {
  if (typeof value !== 'string' || !value.startsWith('/')) return false;
  if (value.includes('\0') || value.includes('\\')) return false;
  if (value === '/') return true;
  // Without pieces of its own: this is asked of every call that a rule of paths is about.
  for (let start = 1; ;) {
    const slash = value.indexOf('/', start);
    const end = slash < 0 ? value.length : slash;
    if (isElsewhere(value, start, end)) return false;
    if (slash < 0) return true;
    start = slash + 1;
  }
}

/** An empty segment, `.` or `..`. */
function isElsewhere(path: string, start: number, end: number): boolean {
  return end - start <= 2 && ['', '.', '..'].includes(path.slice(start, end));
}

/** @param root a plain path. What is not a string, or not plain, is never within. */
export function isWithin(root: string, value: unknown): boolean {
  if (!isPlainPath(value)) return false;
  return root === '/' || value === root || (value.startsWith(root) && value[root.length] === '/');
}
