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

/** One row a size; Compose's columns are empty where it isn't. */
export function plansTable(measured, compose) {
  const other = `Compose ${compose ?? ''} dry run, ms`;
  const head = [
    'nothing to do, servers',
    '`node -e 0` ms',
    '`toolcrib plan` ms',
    other,
    'of Compose’s',
    'MB',
    'apply of all, s',
  ];
  const rows = measured.map(({ servers, apply, rows: [node, , , plan, dryRun], memory }) => [
    String(servers),
    whole(node.ms),
    `${whole(plan.ms)} (fastest ${whole(plan.fastest)})`,
    dryRun ? `${whole(dryRun.ms)} (fastest ${whole(dryRun.fastest)})` : '–',
    times(plan.ms, dryRun?.ms),
    whole(memory),
    (apply / 1000).toFixed(1),
  ]);
  const [smallest] = measured;
  const [node] = smallest.rows;
  const local = smallest.rows
    .slice(0, 3)
    .map(({ name, ms, fastest }) => [`\`${name}\``, whole(ms), whole(fastest), times(ms, node.ms)]);
  const cold = [`cold, whole process, ${smallest.servers} servers`, 'median ms', 'fastest ms', 'of `node -e 0`'];
  return `${markdown(head, rows)}\n\n${markdown(cold, local)}`;
}

export function appliesTable(rows) {
  return markdown(
    ['images and proxy there', 'median ms', 'fastest ms'],
    rows.map(({ name, ms, fastest }) => [name, whole(ms), whole(fastest)]),
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
