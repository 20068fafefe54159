/** Which addresses of the world may be called, and when that is decided. */
import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup, isPrivate, urlProblem } from '../../src/wire/guard.js';

describe('a remote', () => {
  it.each([
    'https://mcp.acme.com/mcp',
    'https://203.0.114.7/mcp',
    'https://[2606:4700::1111]/mcp',
    'http://127.0.0.1:8080/mcp',
    'http://localhost:8080/mcp',
    'http://[::1]/mcp',
  ])('may be %s', (url) => {
    expect(urlProblem(new URL(url), 'remote')).toBeNull();
  });

  it.each([
    'http://mcp.acme.com/mcp',
    'ftp://mcp.acme.com/mcp',
    'https://user:word@mcp.acme.com/mcp',
    'https://10.1.2.3/mcp',
    'https://0x0a010203/mcp',
    'https://169.254.169.254/latest',
    'https://[::ffff:10.0.0.1]/mcp',
    'https://[fd00::1]/mcp',
    'https://[fe80::1]/mcp',
    'https://0.0.0.0/mcp',
    'http://192.168.1.1/mcp',
  ])('may not be %s', (url) => {
    expect(urlProblem(new URL(url), 'remote')).not.toBeNull();
  });
});

it('knows every spelling of a private address', () => {
  const addresses = ['10.0.0.1', '100.64.0.1', '172.31.0.1', '::ffff:192.168.0.1', '::ffff:a9fe:a9fe', 'fd12::1', '::'];
  expect(addresses.filter((address) => !isPrivate(address))).toEqual([]);
  expect(['8.8.8.8', '172.32.0.1', '2606:4700::1111'].filter(isPrivate)).toEqual([]);
});

describe('a name', () => {
  function dial(name: string, found: LookupAddress[]): Promise<string> {
    const resolve = ((_name: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) =>
      done(null, found)) as unknown as Parameters<typeof guardedLookup>[1];
    return new Promise((settle) => {
      guardedLookup('remote', resolve)?.(name, {}, (error, address) =>
        settle(error ? `${error.code ?? ''} ${error.message}` : (address as string)),
      );
    });
  }

  it('leads to the public address among several', async () => {
    const found = [
      { address: '10.0.0.1', family: 4 },
      { address: '9.9.9.9', family: 4 },
    ];
    expect(await dial('mcp.acme.com', found)).toBe('9.9.9.9');
  });

  it('that has turned to a private address meanwhile is refused', async () => {
    const said = await dial('mcp.acme.com', [{ address: '169.254.169.254', family: 4 }]);
    expect(said).toBe('ADDRESS_REFUSED mcp.acme.com leads to 169.254.169.254, an address that is not called');
  });

  it('of this machine leads nowhere else', async () => {
    expect(await dial('localhost', [{ address: '127.0.0.1', family: 4 }])).toBe('127.0.0.1');
    expect(await dial('localhost', [{ address: '9.9.9.9', family: 4 }])).toContain('ADDRESS_REFUSED');
  });
});
