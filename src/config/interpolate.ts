/** `${name}` in text. No shell expansion: `$${` stands for `${`, and every other `$` for itself. */

export type Scalar = string | number | boolean;

export interface Interpolated {
  value: Scalar;
  /** Variables that went into it. */
  used: string[];
}

const REFERENCE = /\$\$\{|\$\{([^{}]*)(\}?)/g;

export function refersToVariables(text: string): boolean {
  return text.includes('${');
}

/**
 * A text that is nothing but one reference takes that variable's value as it is, so that a number stays one.
 * @param lookup undefined: there is no such variable, and the caller has been told.
 * @param malformed is told of a `${` that begins no reference.
 * @returns null when any part of it has no value.
 */
export function interpolate(
  text: string,
  lookup: (name: string) => Scalar | undefined,
  malformed: (reference: string) => void,
): Interpolated | null {
  const used: string[] = [];
  const missing: string[] = [];
  let only: Scalar | undefined;
  const value = text.replace(REFERENCE, (whole: string, name: string | undefined, end: string | undefined) => {
    if (name === undefined) return '${';
    if (end === '' || name === '') {
      malformed(whole);
      missing.push(whole);
      return whole;
    }
    used.push(name);
    const found = lookup(name);
    if (found === undefined) missing.push(name);
    else if (whole === text) only = found;
    return String(found);
  });
  return missing.length > 0 ? null : { value: only ?? value, used };
}
