/** What `npm run bench:proxy` measured, as Markdown that README can quote. */
import os from 'node:os';
import { markdown, times, whole } from '../table.mjs';

export function thisMachine() {
  const [cpu] = os.cpus();
  return `${os.cpus().length} cores (${cpu?.model.trim() ?? os.arch()}), Node ${process.versions.node}, ${os.type()} ${os.release()}, ${new Date().toISOString().slice(0, 10)}`;
}

export function callRows(rows) {
  const named = (start) => rows.find((row) => row.name.startsWith(start));
  const [direct, haproxy, relay, sdk] = ['direct', 'HAProxy', 'bare', 'proxy of'].map(named);
  const head = [
    'tools/call, 1 KB, over HTTP',
    'CPU µs a call',
    'of HAProxy’s',
    'of the relay’s',
    'of the SDK’s',
    'added p50 µs',
    'p99 µs',
    'calls/s at 16',
    'of the SDK’s',
  ];
  const cells = rows.map(({ name, p50, p99, cpu, rate }) => [
    name,
    whole(cpu),
    times(cpu, haproxy.cpu),
    times(cpu, relay.cpu),
    times(cpu, sdk.cpu),
    whole(p50 - direct.p50),
    whole(p99),
    whole(rate),
    times(rate, sdk.rate),
  ]);
  return markdown(head, cells);
}

export function otherRows({ list, crowd, big }) {
  const rows = [
    [
      'tools/list, 100 tools on 10 servers, one hung: p50, p99',
      `${whole(list.p50)} µs, ${whole(list.p99)} µs; servers asked ${list.asked} times in ${whole(list.lists)} lists`,
    ],
    ['memory, idle → 1,000 sessions with 3 calls each', `${whole(crowd.idle)} MiB → ${whole(crowd.full)} MiB`],
    [
      `a policy of 1,000 agents × 100 grants (${big.mebibytes.toFixed(0)} MiB), from file to force`,
      `${whole(big.milliseconds)} ms`,
    ],
    ['CPU a call under it, and under a policy of one grant', `${whole(big.cpu)} µs, ${whole(big.small)} µs`],
  ];
  return markdown(['besides', 'measured'], rows);
}
