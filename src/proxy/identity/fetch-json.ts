/** A small JSON document of somebody else's: no redirect, no private address unless declared, bounded in size and time. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { guardedLookup, urlProblem, type Reach } from '../../wire/guard.js';

const MAX_BYTES = 256 * 1024;
const DEADLINE_MS = 5_000;

/** @param ca PEM of the one authority that counts; left out: the public ones. */
export function fetchJson(url: string, reach: Reach = 'remote', ca?: string): Promise<unknown> {
  if (!URL.canParse(url)) return Promise.reject(new Error(`${url} is no URL`));
  const parsed = new URL(url);
  const problem = urlProblem(parsed, reach);
  if (problem !== null) return Promise.reject(new Error(problem));
  const open = parsed.protocol === 'https:' ? requestHttps : requestHttp;
  const lookup = guardedLookup(reach, { plain: parsed.protocol === 'http:' });
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json' };
    const options = { headers, agent: false as const, ...(lookup && { lookup }), ...(ca !== undefined && { ca }) };
    const request = open(parsed, options, (response) => {
      if (response.statusCode !== 200) {
        request.destroy(new Error(`${parsed.href} answers with ${response.statusCode ?? 0}`));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) request.destroy(new Error(`${parsed.href} is larger than ${MAX_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        } catch {
          reject(new Error(`${parsed.href} is not JSON`));
        }
      });
    });
    const late = setTimeout(() => request.destroy(new Error(`${parsed.href} does not answer`)), DEADLINE_MS);
    request.on('error', reject);
    request.on('close', () => clearTimeout(late));
    request.end();
  });
}
