/** Which addresses of the world may be called, and when that is decided. */
import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup, isPrivate, urlProblem, type Reach } from '../../src/wire/guard.js';

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

function dial(name: string, found: LookupAddress[], reach: Reach = 'remote', plain = false): Promise<string> {
  const resolve = ((_name: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) =>
    done(null, found)) as unknown as NonNullable<Parameters<typeof guardedLookup>[1]>['resolve'];
  return new Promise((settle) => {
    guardedLookup(reach, { plain, ...(resolve && { resolve }) })?.(name, {}, (error, address) =>
      settle(error ? `${error.code ?? ''} ${error.message}` : (address as string)),
    );
  });
}

describe('a name', () => {
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

describe('a server of the own network', () => {
  const reach = { privateAddresses: ['10.20.0.0/16', 'fd12::/16', '100.64.0.0/10', '169.254.0.0/16'], insecure: false };

  it.each([
    'https://10.20.3.4/mcp',
    'https://[fd12::1]/mcp',
    'https://[::ffff:10.20.0.1]/mcp',
    'https://mcp.acme.com/',
  ])('may be %s', (url) => {
    expect(urlProblem(new URL(url), reach)).toBeNull();
  });

  it.each([
    'https://10.21.0.1/mcp',
    'https://192.168.1.1/mcp',
    'https://169.254.169.254/latest',
    'https://100.100.100.200/latest',
    'https://[fe80::1]/mcp',
    'https://[::ffff:a9fe:a9fe]/latest',
    'http://10.20.3.4/mcp',
    'http://mcp.acme.com/mcp',
  ])('may not be %s', (url) => {
    expect(urlProblem(new URL(url), reach)).not.toBeNull();
  });

  it('is at none of the metadata services of clouds, whatever is allowed', () => {
    const all = { privateAddresses: ['0.0.0.0/0', '::/0'], insecure: true };
    for (const host of ['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192', '0.0.0.0', '224.0.0.1'])
      expect(urlProblem(new URL(`https://${host}/`), all), host).not.toBeNull();
    for (const host of ['fd00:ec2::254', 'fd20:ce::254', 'fe80::1', '::', 'ff02::1'])
      expect(urlProblem(new URL(`https://[${host}]/`), all), host).not.toBeNull();
  });

  const [inside, outside, open] = ['10.20.3.4', '10.21.0.1', '9.9.9.9'].map((address) => ({ address, family: 4 }));
  it('is called where its name leads at that moment, if that is allowed', async () => {
    expect(await dial('mcp.acme.com', [outside, inside] as LookupAddress[], reach)).toBe('10.20.3.4');
    expect(await dial('mcp.acme.com', [open] as LookupAddress[], reach)).toBe('9.9.9.9');
    expect(await dial('mcp.acme.com', [outside] as LookupAddress[], reach)).toContain('ADDRESS_REFUSED');
    const rebound = [{ address: '169.254.169.254', family: 4 }];
    expect(await dial('mcp.acme.com', rebound, reach)).toContain('ADDRESS_REFUSED');
  });

  it('without TLS is called there alone', async () => {
    const insecure = { ...reach, insecure: true };
    expect(urlProblem(new URL('http://10.20.3.4/mcp'), insecure)).toBeNull();
    expect(urlProblem(new URL('http://9.9.9.9/mcp'), insecure)).toBe('9.9.9.9 is no address of your own network');
    expect(await dial('mcp.acme.com', [open, inside] as LookupAddress[], insecure, true)).toBe('10.20.3.4');
    expect(await dial('mcp.acme.com', [open] as LookupAddress[], insecure, true)).toContain('ADDRESS_REFUSED');
  });
});
