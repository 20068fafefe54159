/** The published network is the one with the way out, whatever stands first. */
import { describe, expect, it } from 'vitest';
import type { Interfaces } from '../../src/proxy/published-address.js';
import { publishedAddress } from '../../src/proxy/published-address.js';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const OUT = 'eth1\t00000000\t0100590A\t0003\t0\t0\t0\t00000000\t0\t0\t0';
const INNER = 'eth0\t1000590A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0';
const OWN = 'eth1\t0000590A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0';

const at = (address: string, family: 'IPv4' | 'IPv6' = 'IPv4'): NonNullable<Interfaces[string]>[number] =>
  ({ address, family, internal: false, netmask: '', mac: '', cidr: null }) as NonNullable<Interfaces[string]>[number];
const interfaces: Interfaces = {
  lo: [at('127.0.0.1')],
  eth0: [at('10.89.0.18')],
  eth1: [at('fe80::1', 'IPv6'), at('10.89.0.2')],
};

describe('the published address', () => {
  it('is that of the interface with the default route', () => {
    expect(publishedAddress([HEAD, INNER, OWN, OUT, ''].join('\n'), interfaces)).toBe('10.89.0.2');
  });

  it('is the cheapest of several', () => {
    const dear = 'eth0\t00000000\t1100590A\t0003\t0\t0\t100\t00000000\t0\t0\t0';
    expect(publishedAddress([HEAD, dear, OUT].join('\n'), interfaces)).toBe('10.89.0.2');
  });

  it('is none where nothing leads out: only internal networks, a route that is down, an interface without address', () => {
    expect(publishedAddress([HEAD, INNER].join('\n'), interfaces)).toBeNull();
    expect(publishedAddress([HEAD, OUT.replace('0003', '0002')].join('\n'), interfaces)).toBeNull();
    expect(publishedAddress([HEAD, OUT].join('\n'), { eth1: [at('fe80::1', 'IPv6')] })).toBeNull();
    expect(publishedAddress('', interfaces)).toBeNull();
  });
});
