/**
 * URIs in grants: exact, or with wildcards. `*` is any run of characters within one segment, `**` any run at all; of a
 * template's expressions (RFC 6570) `{x}` is a segment, `{+x}`, `{#x}`, `{/x*}` and the like any run, `{?x}` a query.
 */
import { compilePattern } from './pattern.js';

export interface UriPattern {
  test(uri: string): boolean;
}

/** What means a place above, or hides it, to some reader: no wildcard stands for it. */
const CLIMBING = /(?:^|[/\\])\.{1,2}(?:[/\\?#]|$)|%2e|%2f|%5c|%00|%25|[\\\0-\x20\x7f]/i;

/** Beyond what any server of sense uses; patterns are tried on it in linear time. */
export const LONGEST_URI = 8 * 1024;

export function isUriPattern(text: string): boolean {
  return /[*{]/.test(text);
}

export function uriPattern(text: string): UriPattern {
  if (!isUriPattern(text)) return { test: (uri) => uri === text };
  const whole = compilePattern(`^(?s:${sourceOf(text)})$`);
  return { test: (uri) => uri.length <= LONGEST_URI && !CLIMBING.test(uri) && whole.test(uri) };
}

/** As what is denied: taken to stand for every URI that some server could read as one of these. */
export function forbiddenUris(text: string): UriPattern {
  const whole = compilePattern(`^(?s:${sourceOf(plain(text) ?? text.toLowerCase())})$`);
  return {
    test(uri) {
      if (uri.length > LONGEST_URI || CLIMBING.test(uri)) return true;
      const read = plain(uri);
      return read === null || [read, read.replace(/[?#].*$/s, '')].some((each) => whole.test(each));
    },
  };
}

/** Schemes whose readers make the same of them with any number of slashes (WHATWG URL, special schemes), and their ports. */
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['file:', ''],
  ['http:', ':80'],
  ['https:', ':443'],
  ['ws:', ':80'],
  ['wss:', ':443'],
  ['ftp:', ':21'],
]);
const DOTS = /(?:^|[/\\])\.{1,2}(?:[/\\?#]|$)/;

/**
 * Without differences that servers may not see: encoding, case, compatible characters, empty segments, a slash at the
 * end, the many ways to write one host. null: unreadable.
 */
function plain(uri: string): string | null {
  try {
    const read = decodeURIComponent(uri).normalize('NFKC').toLowerCase();
    if (DOTS.test(read)) return null;
    const [start = '', scheme = ''] = /^([a-z][a-z0-9+.-]*:)\/*/.exec(read) ?? [];
    const rest = read
      .slice(start.length)
      .replace(/\/{2,}/g, '/')
      .replace(/\/+$/, '');
    const port = SPECIAL.get(scheme);
    if (port === undefined) return scheme + (start.endsWith('/') ? '//' : '') + rest;
    return `${scheme}//${scheme === 'file:' ? rest.replace(/^localhost(?:\/|$)/, '') : withPlainHost(rest, port)}`;
  } catch {
    return null;
  }
}

/** @param rest of a URI, behind its slashes. */
function withPlainHost(rest: string, port: string): string {
  const [authority = ''] = /^[^/?#]*/.exec(rest) ?? [];
  const host = authority.replace(/^.*@/s, '');
  const named = host.endsWith(port) ? host.slice(0, -port.length) : host;
  return named.replace(/\.(?=:\d*$|$)/, '') + rest.slice(authority.length);
}

/**
 * A URI as a template makes them, of names that nobody has: a denial that stands for this one stands for all of the
 * template's.
 */
export function anyOf(template: string): string {
  return template.replace(/\{([^{}]*)\}/g, (_, expression: string) => {
    if (/^[?&]/.test(expression)) return '';
    return isManySegments(expression) ? `${ANYBODY}/${ANYBODY}` : ANYBODY;
  });
}

/** Of the private use area: in no URI of sense. */
const ANYBODY = '\ue000';

const isManySegments = (expression: string): boolean => /^[+#./;]|\*$/.test(expression);

/**
 * Whether a pattern and a locked template could speak of one URI: what is fixed at the beginning of either must agree.
 * Says yes rather than no: it decides what is listed, never what may be read.
 */
export function mayMeet(pattern: string, template: string): boolean {
  const [a, b] = [fixedBeginning(pattern), fixedBeginning(template)];
  return a.startsWith(b) || b.startsWith(a);
}

/** Whether they could have as many segments as each other: `*` reaches over no slash, so it is no `demo://a/{id}`. */
export function mayBeAsLong(pattern: string, template: string): boolean {
  const [a, b] = [segmentsOf(pattern), segmentsOf(template)];
  return a.least === b.least || (a.least < b.least ? a.open : b.open);
}

/** Slashes that are there whatever the wildcards stand for, and whether one of those may stand for more. */
function segmentsOf(text: string): { least: number; open: boolean } {
  const wildcards = /\*\*|\{[+#./;?&][^{}]*\}|\{[^{}]*\*\}/;
  const fixed = text.replace(/\{[^{}]*\}/g, '');
  return { least: fixed.split('/').length - 1, open: wildcards.test(text) };
}

function fixedBeginning(text: string): string {
  return text.slice(0, /[*{]/.exec(text)?.index ?? text.length);
}

const SEGMENT = '[^/?#]*';

function sourceOf(text: string): string {
  return text.replace(/\*\*+|\*|\{([^{}]*)\}|[^*{]+|\{/g, (part, expression: string | undefined) => {
    if (part.startsWith('**')) return '.*';
    if (part === '*') return SEGMENT;
    if (expression === undefined) return part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
    if (/^[?&]/.test(expression)) return '(?:[?&][^#]*)?';
    return isManySegments(expression) ? '.*' : SEGMENT;
  });
}
