/** What is wrong with a certificate is said before anything is planned, and the key is said to nobody. */
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readCertificate, type Judged } from '../../src/workflow/certificate.js';
import { folder, ID, valid } from '../config/support.js';
import { authority } from '../support/certificates.js';

const DAY = 86_400_000;
const CA = authority();
const good = CA.issue(['127.0.0.1', 'tools.example']);
const encrypted = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
}).privateKey;

async function read(cert: string | null, key: string | null, more = '', now = new Date()): Promise<Judged> {
  const dir = await folder({
    'toolbox.yaml': `version: 1
toolbox: main
project:
  name: acme
  id: ${ID}
  proxy: {tls: {cert: a.pem, key: b.pem}${more}}
`,
    ...(cert !== null && { 'a.pem': cert }),
    ...(key !== null && { 'b.pem': key }),
  });
  return readCertificate(await valid(dir), dir, now);
}

const said = ({ diagnostics }: Judged): string[] =>
  diagnostics.map(({ severity, code, detail, range }) => `${severity} ${code} ${range?.start.column}: ${detail}`);

describe('a certificate', () => {
  it('that fits is one file, and a fingerprint', async () => {
    const { found, diagnostics } = await read(`# mine\r\n${good.cert}${CA.cert}`, good.key);
    expect(diagnostics).toEqual([]);
    expect(found?.certificate.file).toBe(found?.file.digest);
    expect(found?.file.reveal()).toBe(good.key + good.cert + CA.cert);
    expect((await read(good.cert + CA.cert, `${good.key}\n\n`)).found?.certificate).toEqual(found?.certificate);
  });

  it('shows its key to nobody', async () => {
    const { found } = await read(good.cert, good.key);
    const secret = good.key.split('\n')[1] ?? '';
    for (const shown of [
      JSON.stringify(found),
      inspect(found, { depth: 9, showHidden: true }),
      `${found?.file.digest}`,
    ])
      expect(shown).not.toContain(secret);
  });

  it.each([
    ['a missing file', null, good.key, 'error certificate_unusable 23: `a.pem` does not exist.'],
    ['a missing key', good.cert, null, 'error certificate_unusable 35: `b.pem` does not exist.'],
    ['no PEM', 'hello', good.key, 'error certificate_unusable 23: `a.pem` holds no certificate in PEM.'],
    ['no key in PEM', good.cert, 'hello', 'error certificate_unusable 35: `b.pem` holds no private key in PEM.'],
    ['a damaged one', good.cert.replace('MII', 'AAA'), good.key, /23: `a.pem` begins as a certificate and is none/],
    [
      'a damaged key',
      good.cert,
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      /35: `b.pem` begins as a private key/,
    ],
    ['a passphrase', good.cert, encrypted, /35: `b.pem` has a passphrase/],
    ['another key', good.cert, CA.issue(['x']).key, /35: `b.pem` is not the key of the first certificate in `a.pem`/],
    ['the authority first', CA.cert + good.cert, good.key, /35: `b.pem` is not the key of the first certificate/],
  ])('%s is refused', async (_, cert, key, expected) => {
    const judged = await read(cert, key);
    expect(judged.found).toBeNull();
    expect(said(judged)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected]);
  });

  it('says of both at once what is wrong with them, and that they changed places', async () => {
    expect(said(await read(good.key, good.cert))).toEqual([
      'error certificate_unusable 23: `a.pem` holds a key and no certificate.',
      'error certificate_unusable 35: `b.pem` holds a certificate and no key.',
    ]);
  });

  it('is refused out of its time, and warned of before', async () => {
    const from = new Date(Date.now() - 89 * DAY);
    const until = new Date(Date.now() + DAY);
    const { cert, key } = CA.issue(['127.0.0.1'], { from, until });
    const day = until.toISOString().slice(0, 10);
    const soon = await read(cert, key);
    expect(soon.found).not.toBeNull();
    expect(said(soon)).toEqual([`warning certificate_expiring 23: \`a.pem\` expires on ${day}.`]);
    expect(said(await read(cert, key, '', until))).toEqual([
      `error certificate_unusable 23: \`a.pem\` expired on ${day}.`,
    ]);
    expect(said(await read(cert, key, '', new Date(from.getTime() - DAY)))[0]).toMatch(/is not valid before/);
    // Made for six days, it is not warned of on the first of them.
    const short = CA.issue(['127.0.0.1'], { from: new Date(Date.now() - DAY), until: new Date(Date.now() + 5 * DAY) });
    expect(said(await read(short.cert, short.key))).toEqual([]);
  });

  it('is warned of where it is for another name', async () => {
    const { cert, key } = CA.issue(['other.example']);
    expect(said(await read(cert, key))).toEqual([expect.stringMatching(/^warning .* is not for `127.0.0.1`/)]);
    expect(said(await read(cert, key, ', public_url: "https://other.example"'))).toEqual([]);
    expect(said(await read(cert, key, ', listen: "0.0.0.0:1"'))).toEqual([]);
  });
});
