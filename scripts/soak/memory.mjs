/** Resident memory over time: flat when the last third holds little more than the first. */
import { readFileSync } from 'node:fs';
import { median } from '../bench/processes.mjs';

/** What a process of Node may gain by the garbage collector's moods alone. */
const SLACK_MIB = 16;

export class Memory {
  #values = [];

  constructor(pid) {
    this.pid = pid;
  }

  get last() {
    return this.#values.at(-1) ?? 0;
  }

  look() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    this.#values.push(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
  }

  verdict() {
    const third = Math.floor(this.#values.length / 3);
    const first = median(this.#values.slice(Math.min(10, third - 1), third));
    const last = median(this.#values.slice(-third));
    const flat = last <= first * 1.15 + SLACK_MIB;
    const words = `${first.toFixed(0)} MiB in the first third, ${last.toFixed(0)} in the last, ${Math.max(...this.#values).toFixed(0)} at most`;
    return { flat, words };
  }
}
