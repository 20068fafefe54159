/** Measurements as Markdown that README can quote. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { get } from './engine.mjs';

export const whole = (value) => (value === null ? '–' : Math.round(value).toLocaleString('en-US'));
export const times = (value, base) => (value === null || !base ? '–' : `${(value / base).toFixed(2)}×`);

export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function callsTable(rows) {
  const direct = rows.find((row) => row.name === 'direct, bare lines').p50;
  const sdk = rows.find((row) => row.name.startsWith('proxy of the SDK'));
  const relay = rows.find((row) => row.name.startsWith('bare node:http'));
  const head = [
    'tools/call, 1 KB of arguments',
    'p50 µs',
    'added p50 µs',
    'p99 µs',
    'CPU µs a call',
    'of the SDK’s',
    'of the relay’s',
    'calls/s at 16',
  ];
  const cells = rows.map(({ name, p50, p99, cpu, also, rate }) => [
    name,
    whole(p50),
    whole(p50 - direct),
    whole(p99),
    also === null ? whole(cpu) : `${whole(cpu)} + ${whole(also)} bridge`,
    times(cpu, sdk.cpu),
    times(cpu, relay.cpu),
    whole(rate),
  ]);
  return markdown(head, cells);
}

/** @param base the row that the others are compared with */
export function commandsTable(title, rows, base) {
  const ground = rows.find((row) => row.name === base).ms;
  return markdown(
    [title, 'median ms', 'fastest ms', `of \`${base}\``],
    rows.map(({ name, ms, fastest }) => [`\`${name}\``, whole(ms), whole(fastest), times(ms, ground)]),
  );
}

export async function machine() {
  const { Version } = await get('/version');
  const model = /model name\s*: (.*)/.exec(cpuInfo())?.[1] ?? os.arch();
  return `${os.cpus().length} cores (${model}), Node ${process.versions.node}, engine ${Version}, ${os.type()} ${os.release()}`;
}

function cpuInfo() {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
