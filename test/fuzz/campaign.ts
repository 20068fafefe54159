/** So many blows of all kinds, by one seed; what is found out is kept. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { House } from './house.js';
import { Random } from './random.js';
import { KINDS, strike, type Blow, type Kind } from './stages.js';

export const CORPUS = fileURLToPath(new URL('corpus', import.meta.url));
/** How many of a hundred are of each kind. */
const SHARES: [Kind, number][] = [
  ['message', 46],
  ['modern', 15],
  ['framing', 12],
  ['stdio', 8],
  ['events', 7],
  ['old', 4],
  ['aside', 3],
  ['resume', 2],
  ['connect', 3],
];
const MIB = 1024 * 1024;

export interface Tally {
  blows: Record<Kind, number>;
  /** MiB in use after a tenth of the run, and at its end. */
  memory: { early: number; late: number };
}

export async function campaign(house: House, seed: number, messages: number): Promise<Tally> {
  const random = new Random(seed);
  const blows = Object.fromEntries(SHARES.map(([kind]) => [kind, 0])) as Tally['blows'];
  let early = 0;
  for (let i = 0; i < messages; i++) {
    const kind = anyKind(random);
    const blow = KINDS[kind](random, house);
    blows[kind]++;
    try {
      await strike(house, blow);
    } catch (cause) {
      keep(`found-${seed}-${i}`, blow, house);
      throw new Error(`blow ${i} of seed ${seed} (kept in test/fuzz/corpus)`, { cause });
    }
    if (i === Math.floor(messages / 10)) early = inUse();
  }
  return { blows, memory: { early, late: inUse() } };
}

function anyKind(random: Random): Kind {
  let at = random.below(100);
  for (const [kind, share] of SHARES) if ((at -= share) < 0) return kind;
  return 'message';
}

/** What is alive, not what has not been collected yet. */
function inUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}

/** Ports and ids differ from run to run: their places are kept. */
function keep(name: string, { kind, pieces }: Blow, house: House): void {
  mkdirSync(CORPUS, { recursive: true });
  writeFileSync(
    join(CORPUS, `${name}.json`),
    `${JSON.stringify({ kind, pieces: pieces.map((each) => place(each, house)) }, null, 2)}\n`,
  );
}

function marks(house: House): [string, string][] {
  const { authorization = '', 'mcp-session-id': session = '' } = house.sessions['2025-11-25'] ?? {};
  return [
    ['%PORT%', String(house.world.proxy.address.port)],
    ['%TOKEN%', authorization],
    ['%SESSION%', session],
  ];
}

function place(text: string, house: House): string {
  return marks(house).reduce((so, [mark, value]) => so.replaceAll(value, mark), text);
}

export function corpus(): { name: string; blow: Blow }[] {
  return readdirSync(CORPUS)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, blow: JSON.parse(readFileSync(join(CORPUS, name), 'utf8')) as Blow }));
}

export function placed({ kind, pieces }: Blow, house: House): Blow {
  const filled = (text: string): string => marks(house).reduce((so, [mark, value]) => so.replaceAll(mark, value), text);
  return { kind, pieces: pieces.map(filled) };
}
