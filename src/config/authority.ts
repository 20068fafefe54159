/** A PEM file with the certificates of a private authority, for whatever the proxy calls by TLS. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Pointer } from './config.js';
import type { Problems } from './declared-file.js';

const LARGEST = 64 * 1024;

interface Place {
  at: Pointer;
  problems: Problems;
  /** Where relative paths of the file begin. */
  folder: string;
}

/** @returns the certificates alone: whatever else the file has goes nowhere. null: told as a problem. */
export async function readAuthority(declared: string, { at, problems, folder }: Place): Promise<string | null> {
  const refuse = (why: string, fix: string): null => {
    problems.error('certificate_unusable', `\`${declared}\` ${why}.`, fix, at);
    return null;
  };
  const FIX = 'Name a PEM file with the certificate of the authority that signs for the server.';
  let text: string;
  try {
    text = await readFile(resolve(folder, declared), 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return refuse('does not exist', 'Correct the path, or put the file there.');
    return refuse(`cannot be read: ${message}`, FIX);
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return refuse('holds a private key, which has no business here', 'Name a file with the certificate alone.');
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)].map(
    ([block]) => `${block.replaceAll('\r', '')}\n`,
  );
  const pem = blocks.join('');
  if (blocks.length === 0) return refuse('holds no certificate in PEM', FIX);
  if (pem.length > LARGEST)
    return refuse(
      `holds more than ${LARGEST / 1024} KiB of certificates`,
      'Keep the authority that signs for the server.',
    );
  const { X509Certificate } = await import('node:crypto');
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return refuse('begins as a certificate and is none: it is damaged', FIX);
  }
  return pem;
}
