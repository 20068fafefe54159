/** What looks like a credential, by its name or by itself: it must not be written into a file that goes into git. */
import { isSensitive } from '../plan/sensitive.js';

/** Forms that services give their keys, a password in a URL, a JWT, a private key. */
const KNOWN =
  /^(gh[opsur]_|github_pat_|glpat-|sk-|sk_|rk_|pk_live|xox[abeoprs]-|AKIA|ASIA|AIza|ya29\.|npm_|pypi-|hf_|tcb_|dop_v1_|SG\.|eyJ[\w-]+\.[\w-]+\.)|-----BEGIN|:\/\/[^/\s:@]*:[^/\s@]+@/;
/** Long, of one piece, and of letters and digits mixed: nobody writes such a word by hand. */
const RANDOM = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=-]{32,}$/;

export function looksSecret(value: string): boolean {
  return KNOWN.test(value) || (RANDOM.test(value) && !/^[./]/.test(value) && !/^\d{4}-\d\d/.test(value));
}

export function isSecretEnv(name: string, value: string): boolean {
  return value !== '' && (isSensitive(`env.${name}`) || looksSecret(value));
}

/** `--api-key=VALUE` → where the value begins; null: it holds no secret. */
export function secretPart(args: readonly string[], index: number): number | null {
  const text = args[index] ?? '';
  const [, flag, value] = /^--?([A-Za-z][\w-]*)=(.+)$/s.exec(text) ?? [];
  if (flag !== undefined && value !== undefined)
    return isSecretEnv(flag.replaceAll('-', '_'), value) ? text.length - value.length : null;
  const [, before] = /^--?([A-Za-z][\w-]*)$/.exec(args[index - 1] ?? '') ?? [];
  if (before !== undefined && !text.startsWith('-') && isSensitive(`env.${before.replaceAll('-', '_')}`)) return 0;
  return looksSecret(text) ? 0 : null;
}
