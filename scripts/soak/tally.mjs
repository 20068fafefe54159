/** Counts the audit's lines about tools/call as they come, across rotations, so that no file need be kept. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import path from 'node:path';

export class Tally {
  counts = { decisions: 0, allowed: 0, denied: 0, outcomes: 0, twice: 0, broken: 0 };
  #seen = new Set();
  #calls = new Set();
  #rest = '';
  #at = 0;
  #inode = null;

  constructor(dir) {
    this.dir = dir;
  }

  look() {
    const current = path.join(this.dir, 'audit.jsonl');
    if (!existsSync(current)) return;
    const { ino } = statSync(current);
    if (this.#inode !== null && ino !== this.#inode) {
      // Rotated: what we had not read yet stands in the file that was moved aside, and whole files may stand between.
      const aside = readdirSync(this.dir)
        .filter((name) => /^audit-\d+\.jsonl$/.test(name))
        .sort()
        .map((name) => path.join(this.dir, name));
      const from = aside.findIndex((file) => statSync(file).ino === this.#inode);
      if (from < 0) throw new Error('the audit was rotated away faster than it was read');
      for (const file of aside.slice(from)) {
        this.#read(file);
        this.#at = 0;
      }
    }
    this.#inode = ino;
    this.#read(current);
  }

  #read(file) {
    const fd = openSync(file, 'r');
    const bytes = Buffer.alloc(fstatSync(fd).size - this.#at);
    readSync(fd, bytes, 0, bytes.length, this.#at);
    closeSync(fd);
    this.#at += bytes.length;
    const lines = (this.#rest + bytes.toString('utf8')).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.#count(line);
  }

  #count(line) {
    let entry;
    try {
      entry = JSON.parse(line);
    } catch {
      this.counts.broken++;
      return;
    }
    const key = `${entry.boot} ${entry.seq}`;
    if (entry.type === 'outcome') {
      if (this.#calls.delete(key)) this.counts.outcomes++;
      return;
    }
    if (entry.type !== 'decision') return;
    if (this.#seen.has(key)) this.counts.twice++;
    this.#seen.add(key);
    if (entry.method !== 'tools/call') return;
    this.counts.decisions++;
    if (entry.decision === 'allow') {
      this.counts.allowed++;
      this.#calls.add(key);
    } else this.counts.denied++;
  }
}
