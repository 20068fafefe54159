/**
 * The certificate and key that `project.proxy.tls` names: read and judged before anything is planned, and delivered by
 * apply as one file. The key is in no plan, label, log or container's configuration; a plan knows the file by its
 * digest, and the certificate by its fingerprint.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { relative } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config/config.js';
import type { Diagnostic, Range } from '../diagnostics/diagnostic.js';
import { problem, warning } from '../diagnostics/failure.js';
import type { PolicyCertificate } from '../policy/artifact.js';

const LARGEST = 256 * 1024;
const DAY_MS = 86_400_000;
/** Warned of before, or in the last third of what it was issued for, whichever is later. */
const RENEW_DAYS = 14;

/** What apply delivers. It shows itself to nobody: not in JSON, not when printed. */
export class CertificateFile {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  get digest(): string {
    return createHash('sha256').update(this.#text).digest('hex');
  }
  reveal(): string {
    return this.#text;
  }
  toJSON(): string {
    return '(sensitive)';
  }
}

export interface ReadCertificate {
  certificate: PolicyCertificate;
  file: CertificateFile;
}

export interface Judged {
  /** null: none is declared, or it cannot be used. */
  found: ReadCertificate | null;
  diagnostics: Diagnostic[];
}

/** Where each of the two is declared, and how it is called in words. */
interface Named {
  path: string;
  name: string;
  range: Range | undefined;
}

export async function readCertificate(config: Config, dir: string, now: Date): Promise<Judged> {
  const { tls } = config.project.proxy;
  if (!tls) return { found: null, diagnostics: [] };
  const named = (key: 'cert' | 'key'): Named => ({
    path: tls[key],
    name: relative(dir, tls[key]) || tls[key],
    range: config.locate({ file: tls.at.file, path: [...tls.at.path, key] }),
  });
  const [cert, key] = [named('cert'), named('key')];
  const texts = await Promise.all([text(cert), text(key)]);
  const unread = texts.flatMap((each) => (typeof each === 'string' ? [] : [each]));
  const [certText, keyText] = texts;
  if (typeof certText !== 'string' || typeof keyText !== 'string') return { found: null, diagnostics: unread };
  return judge({ ...cert, text: certText }, { ...key, text: keyText }, namesOf(config), now);
}

async function text(named: Named): Promise<string | Diagnostic> {
  try {
    const bytes = await readFile(named.path);
    if (bytes.length > LARGEST)
      return unusable(named, `is larger than ${LARGEST / 1024} KiB, so it is something else`, 'Name the PEM file.');
    return bytes.toString('utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return unusable(named, 'does not exist', 'Correct the path, or put the file there.');
    if (code === 'EACCES')
      return unusable(
        named,
        'may not be read by whoever runs this command',
        'Run the command as a user that may read it, or change its permissions.',
      );
    return unusable(named, `cannot be read: ${message}`, 'Name the PEM file.');
  }
}

type Read = Named & { text: string };

function judge(cert: Read, key: Read, names: readonly string[], now: Date): Judged {
  const leaf = leafOf(cert);
  const secret = secretOf(key);
  if (!(leaf instanceof X509Certificate) || 'severity' in secret)
    return { found: null, diagnostics: [leaf, secret].filter((each): each is Diagnostic => 'severity' in each) };
  const timing = timely(cert, leaf, now);
  const wrong = [...timing.filter(({ severity }) => severity === 'error'), ...fitting(cert, key, leaf, secret)];
  if (wrong.length > 0) return { found: null, diagnostics: wrong };
  const diagnostics = [...timing, ...naming(cert, leaf, names)];
  // Both without what may stand around them: comments would make another file of the same certificate.
  const file = new CertificateFile([...pems(key.text, /PRIVATE KEY/), ...pems(cert.text, /^CERTIFICATE$/)].join(''));
  return {
    found: {
      file,
      certificate: {
        file: file.digest,
        fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
        expires: new Date(leaf.validTo).toISOString(),
      },
    },
    diagnostics,
  };
}

/** The blocks of a kind, each with its own end of line. */
function pems(text: string, kind: RegExp): string[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)]
    .filter(([, label = '']) => kind.test(label))
    .map(([block]) => `${block.replaceAll('\r', '')}\n`);
}

function leafOf(cert: Read): X509Certificate | Diagnostic {
  const [first] = pems(cert.text, /^CERTIFICATE$/);
  const fix =
    'Name a PEM file that begins with `-----BEGIN CERTIFICATE-----`; `openssl x509 -inform der` makes one of DER.';
  if (first === undefined) {
    const swapped = pems(cert.text, /PRIVATE KEY/).length > 0;
    return unusable(
      cert,
      swapped ? 'holds a key and no certificate' : 'holds no certificate in PEM',
      swapped ? '`cert` and `key` may have changed places.' : fix,
    );
  }
  try {
    return new X509Certificate(first);
  } catch {
    return unusable(cert, 'begins as a certificate and is none: it is damaged', fix);
  }
}

function secretOf(key: Read): ReturnType<typeof createPrivateKey> | Diagnostic {
  const [first] = pems(key.text, /PRIVATE KEY/);
  if (first === undefined) {
    const swapped = pems(key.text, /^CERTIFICATE$/).length > 0;
    return unusable(
      key,
      swapped ? 'holds a certificate and no key' : 'holds no private key in PEM',
      swapped ? '`cert` and `key` may have changed places.' : 'Name a PEM file with a block `PRIVATE KEY`.',
    );
  }
  if (first.includes('ENCRYPTED'))
    return unusable(
      key,
      'has a passphrase, which nobody could enter at a restart',
      'Take it off: `openssl pkey -in OLD -out NEW`.',
    );
  try {
    return createPrivateKey(first);
  } catch {
    return unusable(
      key,
      'begins as a private key and is none: it is damaged, or of a kind that is not known here',
      'Name the key that the certificate was made for.',
    );
  }
}

function timely(cert: Read, leaf: X509Certificate, now: Date): Diagnostic[] {
  const [from, until] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  if (now.getTime() >= until) return [unusable(cert, `expired on ${day(until)}`, 'Renew it, then apply.')];
  if (now.getTime() < from)
    return [unusable(cert, `is not valid before ${day(from)}`, 'Set this machine’s clock right, or wait until then.')];
  const left = until - now.getTime();
  if (left > Math.min(RENEW_DAYS * DAY_MS, (until - from) / 3)) return [];
  return [
    warning(
      'certificate_expiring',
      `\`${cert.name}\` expires on ${day(until)}.`,
      'Renew it, then apply: sessions go on.',
      { range: cert.range },
    ),
  ];
}

function fitting(
  cert: Read,
  key: Read,
  leaf: X509Certificate,
  secret: ReturnType<typeof createPrivateKey>,
): Diagnostic[] {
  if (!leaf.checkPrivateKey(secret))
    return [
      unusable(
        key,
        `is not the key of the first certificate in \`${cert.name}\``,
        'Name the key that it was made for; in `cert`, the proxy’s own certificate comes before its authority’s.',
      ),
    ];
  try {
    createSecureContext({ cert: cert.text, key: key.text, minVersion: 'TLSv1.2' });
    return [];
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    return [
      unusable(
        cert,
        `cannot be served: ${said}`,
        'Have one made with a key of at least 2048 bits (RSA) or 256 (EC), and SHA-256.',
      ),
    ];
  }
}

/** A client that checks names would refuse to connect; one that is told another name by itself would not. */
function naming(cert: Read, leaf: X509Certificate, names: readonly string[]): Diagnostic[] {
  const wrong = names.filter((name) => (isIP(name) ? leaf.checkIP(name) : leaf.checkHost(name)) === undefined);
  return wrong.map((name) =>
    warning(
      'certificate_unusable',
      `\`${cert.name}\` is not for \`${name}\`, which agents call the proxy by.`,
      'Have that name put into it, or set `public_url` to the name that it is for.',
      { range: cert.range },
    ),
  );
}

/** What `output` and `connect` tell agents to call. Every address is no name. */
function namesOf({ project: { proxy } }: Config): string[] {
  const host = proxy.publicUrl === null ? proxy.host : new URL(proxy.publicUrl).hostname.replace(/^\[|\]$/g, '');
  if (proxy.publicUrl !== null && !proxy.publicUrl.startsWith('https:')) return [];
  return host === '0.0.0.0' || host === '::' ? [] : [host];
}

function unusable({ name, range }: Named, why: string, fix: string): Diagnostic {
  return problem('certificate_unusable', `\`${name}\` ${why}.`, fix, { range });
}
