/** What looks like a credential, by its name or by itself: it must not be written into a file that goes into git. */
import { isSensitive } from '../plan/fields/sensitive.js';

/** Forms that services give their keys, a JWT. */
const KNOWN =
  /^(gh[opsur]_|github_pat_|glpat-|sk-|sk_|rk_|pk_live|xox[abeoprs]-|AKIA|ASIA|AIza|ya29\.|npm_|pypi-|hf_|tcb_|dop_v1_|SG\.|eyJ[\w-]+\.[\w-]+\.)/;
/** A private key, a password in a URL, a header's value: wherever they stand. */
const INSIDE = /-----BEGIN|:\/\/[^/\s:@]*:[^/\s@]+@|\b(bearer|basic)\s+\S/i;
/** Long, of one piece, and of letters and digits mixed: nobody writes such a word by hand. */
const RANDOM = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=-]{32,}$/;

/** What parts a line for a shell, a URL, a connection string and JSON into words. */
const BETWEEN = /[\s'"=:;,?&@/]+/;
/** The same without what Base64 has: a key may have slashes. */
const BETWEEN_BASE64 = /[\s'"`;,?&]+/;

/** `NAME=value`, `"name": "value"`, anywhere; and `--name value`. A name is tried from its beginning only: values are long. */
const NAMED = /(?<![\w-])([\w-]+)["']?\s*[=:]\s*["']?[^\s"']/g;
const OPTION = /(?:^|\s)--?([A-Za-z][\w-]*)\s+(?!-)\S/g;

/** Whether a credential is in it, wherever in it. */
export function looksSecret(text: string): boolean {
  if (INSIDE.test(text) || isRandom(text)) return true;
  const names = [NAMED, OPTION].flatMap((form) => [...text.matchAll(form)].map(([, name = '']) => name));
  if (names.some(isSecretName)) return true;
  if (text.split(BETWEEN).some((word) => KNOWN.test(word) || isRandom(word))) return true;
  return text.split(BETWEEN_BASE64).some((word) => isRandom(word.replace(/^-*[\w-]+=(?!=|$)/, '')));
}

function isRandom(word: string): boolean {
  return RANDOM.test(word) && !/^[./]/.test(word) && !/^\d{4}-\d\d/.test(word);
}

/** `api-key`, `apiKey` and `AccountKey` as `API_KEY` and `ACCOUNT_KEY` are. */
function isSecretName(name: string): boolean {
  const plain = name.replaceAll('-', '_');
  return isSensitive(`env.${plain}`) || isSensitive(`env.${plain.replace(/([a-z\d])([A-Z])/g, '$1_$2')}`);
}

export function isSecretEnv(name: string, value: string): boolean {
  return value !== '' && (isSecretName(name) || looksSecret(value));
}

/** `--api-key=VALUE` → where the value begins; 0: all of it is to be hidden; null: it holds no secret. */
export function secretPart(args: readonly string[], index: number): number | null {
  const text = args[index] ?? '';
  const [, flag, value] = /^--?([A-Za-z][\w-]*)=(.+)$/s.exec(text) ?? [];
  if (flag !== undefined && value !== undefined) return isSecretEnv(flag, value) ? text.length - value.length : null;
  const [, before] = /^--?([A-Za-z][\w-]*)$/.exec(args[index - 1] ?? '') ?? [];
  if (before !== undefined && !text.startsWith('-') && isSecretName(before)) return 0;
  return looksSecret(text) ? 0 : null;
}
