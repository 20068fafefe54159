/** Reading the kernel's table of routes. */
import { describe, expect, it } from 'vitest';
import { parseRoutes } from '../../src/apply/routes-here.js';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const line = (destination: string, gateway: string, mask: string): string =>
  `eth0\t${destination}\t${gateway}\t0003\t0\t0\t0\t${mask}\t0\t0\t0   `;

describe('routes of this machine', () => {
  it('are told with the bytes the right way round, and whether it is on them itself', () => {
    const table = [HEAD, line('1000590A', '00000000', 'F0FFFFFF'), line('0000A8C0', '010011AC', '0000FFFF'), ''];
    expect(parseRoutes(table.join('\n'))).toEqual([
      { subnet: '10.89.0.16/28', direct: true },
      { subnet: '192.168.0.0/16', direct: false },
    ]);
  });

  it('are none where they lead everywhere, or where there is no such table', () => {
    const vpn = [HEAD, line('00000000', '010011AC', '00000000'), line('00000080', '010011AC', '00000080')];
    expect(parseRoutes(vpn.join('\n'))).toEqual([]);
    expect(parseRoutes('')).toEqual([]);
  });
});
