/**
 * Law: a replacement that fails its gate never takes traffic. Agents that call in a loop through twenty replaces side by
 * side and five failing ones see no failed call; where the old has to stop first, they see only calls that are held.
 */
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callInALoop } from '../support/caller.js';
import type { Caller } from '../support/caller.js';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containersOf } from '../support/engine-state.js';
import { freePort, issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const BESIDE = ['a', 'b', 'c', 'd', 'e'];
const ROUNDS = 4;

/** @param broken the servers end before they say a word. */
const declaration = (mark: string, broken = false): string => `servers:
${BESIDE.map((name) => `  ${name}: {build: ./echo, env: {MARK: "${mark}"${broken ? ', EXIT_AT_ONCE: "1"' : ''}}, resources: {memory: 64Mi}}`).join('\n')}
  alone: {build: ./echo, env: {MARK: "${broken ? ROUNDS : mark}"}, mounts: [{volume: notes, target: /notes}], resources: {memory: 64Mi}}
volumes:
  notes: {}
agents:
  bot:
    authenticate: [{token: {}}]
    grants:
${[...BESIDE, 'alone'].map((name) => `      - {server: ${name}, tools: [echo]}`).join('\n')}
`;

let it1: Project;
let callers: Caller[] = [];
beforeAll(async () => {
  it1 = await project('continuity', declaration('0'));
  await expectToolcrib(it1.dir, ['lock']);
  const token = await issueToken(it1.dir, 'bot');
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
  callers = await Promise.all(
    [...BESIDE, 'alone'].map((name) => callInALoop(`http://127.0.0.1:${it1.port}/mcp`, token, `${name}__echo`)),
  );
}, 600_000);
afterAll(async () => {
  await Promise.all(callers.map((each) => each.end()));
  await it1.end();
}, 300_000);

const failed = (): string[] =>
  callers.flatMap(({ calls }, index) =>
    calls.flatMap(({ error }) => (error === null ? [] : [`${[...BESIDE, 'alone'][index]}: ${error}`])),
  );
const marksOf = ({ calls }: Caller): string[] => [
  ...new Set(calls.map(({ text }) => (JSON.parse(text) as { generation: string }).generation)),
];

async function fewMore(): Promise<void> {
  const counts = callers.map(({ calls }) => calls.length);
  while (callers.some(({ calls }, index) => calls.length < (counts[index] ?? 0) + 3))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

async function untilHealthy(): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${it1.port}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => null,
    );
    if (answer?.status === 200) return;
    if (Date.now() > deadline) throw new Error('the old proxy does not serve');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe('agents that call in a loop', () => {
  it('through twenty replaces side by side, and four that stop first', { timeout: 600_000 }, async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await it1.declare(declaration(String(round)));
      await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
      await fewMore();
    }
    expect(failed()).toEqual([]);
    for (const caller of callers) expect(marksOf(caller)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('through five that fail their gate: the old ones go on', { timeout: 600_000 }, async () => {
    await it1.declare(declaration('bad', true));
    const ran = await toolcrib(it1.dir, ['apply', '--auto-approve']);
    expect([ran.code, ran.stderr]).toEqual([6, expect.stringContaining('cannot find the config file /etc/echo.conf')]);
    await fewMore();
    expect(failed()).toEqual([]);
    for (const caller of callers) expect(marksOf(caller)).not.toContain('bad');
    expect(await containersOf(it1.name)).toHaveLength(BESIDE.length + 4);
  });

  it('a new proxy that cannot have its port: the old one serves on', { timeout: 600_000 }, async () => {
    const taken = await freePort();
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(taken, '127.0.0.1', resolve));
    try {
      const before = declaration(String(ROUNDS));
      await it1.declare(before, taken);
      const ran = await toolcrib(it1.dir, ['apply', '--auto-approve']);
      expect([ran.code, ran.stderr]).toEqual([
        expect.any(Number),
        expect.stringContaining('The old proxy was started again'),
      ]);
      expect(ran.code).not.toBe(0);
      await it1.declare(before);
      await untilHealthy();
      await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
      await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    } finally {
      other.close();
    }
  });
});
