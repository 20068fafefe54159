/** Certificates made on the spot, by an authority of the test's own (X.509 v3, ECDSA P-256): nothing of the machine is asked for. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Made {
  cert: string;
  key: string;
}

export interface Authority {
  /** What a client has to trust. */
  cert: string;
  issue(names: string[], validity?: Validity): Made;
}

interface Validity {
  from?: Date;
  until?: Date;
}

const DAY = 86_400_000;

export function authority(): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = `authority ${randomBytes(4).toString('hex')}`;
  const lasting = { from: new Date(Date.now() - DAY), until: new Date(Date.now() + 365 * DAY) };
  const basic = extension('551d13', der(0x30, der(0x01, Buffer.from([0xff]))), true);
  return {
    cert: certificate({ subject: name, issuer: name, publicKey: own.publicKey, by: own.privateKey, ...lasting }, [
      basic,
    ]),
    issue(names, { from = lasting.from, until = lasting.until } = {}) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = names.map((each) =>
        isIPv4(each) ? der(0x87, Buffer.from(each.split('.').map(Number))) : der(0x82, Buffer.from(each)),
      );
      const subject = names[0] ?? 'nobody';
      return {
        cert: certificate({ subject, issuer: name, publicKey, by: own.privateKey, from, until }, [
          extension('551d11', der(0x30, ...alternatives), false),
        ]),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

interface Body {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  by: KeyObject;
  from: Date;
  until: Date;
}

const ECDSA_SHA256 = der(0x30, oid('2a8648ce3d040302'));

function certificate({ subject, issuer, publicKey, by, from, until }: Body, extensions: Buffer[]): string {
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    named(issuer),
    der(0x30, time(from), time(until)),
    named(subject),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, by));
  const whole = der(0x30, body, ECDSA_SHA256, signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${whole}\n-----END CERTIFICATE-----\n`;
}

function named(text: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(text)))));
}

function time(at: Date): Buffer {
  return der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function extension(id: string, value: Buffer, critical: boolean): Buffer {
  return der(0x30, oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
