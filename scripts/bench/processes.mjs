/** Processes of the benchmark: started, measured, and ended for certain. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = path.dirname(fileURLToPath(import.meta.url));
const READY_MS = 30_000;
const running = new Set();

/** Starts a program of this folder, or any file, and gives the first line that it prints. */
export async function serve(file, args = [], env = {}) {
  const child = spawn(process.execPath, [path.resolve(here, file), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = adopt(child);
  const line = await firstLine(child, file);
  child.stdout.resume();
  return { pid: child.pid, line, end };
}

/** A process started elsewhere is ended with the others. @returns what ends it */
export function adopt(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return () => end(child);
}

function firstLine(child, file) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${file} printed nothing for ${READY_MS / 1000} s`)), READY_MS);
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
  });
}

function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  return ended.finally(() => clearTimeout(timer));
}

export const endAll = () => Promise.all([...running].map(end));

/** Runs a program of this folder to its end; its output is one JSON value. */
export function runJson(file, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.resolve(here, file), ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    let text = '';
    child.stdout.on('data', (part) => (text += part));
    child.once('close', (code) => {
      running.delete(child);
      if (code === 0) resolve(JSON.parse(text));
      else reject(new Error(`${file} ended with ${code}`));
    });
  });
}

const TICKS = (() => {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  } catch {
    return 100;
  }
})();

/** Seconds of CPU that the process has used, itself and its threads; null where /proc does not know it. */
export function cpuSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; the fields behind it are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return null;
  }
}

/** The process that does the work below a container's init. */
export function workerOf(pid) {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return child ? workerOf(Number(child)) : pid;
  } catch {
    return pid;
  }
}

export function median(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.floor((sorted.length - 1) / 2)];
}
