/** What `toolcrib proxy` says is in force is what the proxy acknowledged, and nothing else. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Failure } from '../../src/diagnostics/failure.js';
import { parseArtifactName } from '../../src/policy/read.js';
import { ForegroundPolicies } from '../../src/workflow/foreground/policies.js';
import { grant, policyOf, tool } from '../proxy/world.js';

const policy = policyOf({ servers: { clock: [tool('now')] }, agents: { bot: [grant('clock', ['now'])] } });
const narrower = policyOf({ servers: { clock: [tool('now')] }, agents: { bot: [] } });
let state: string;
let policies: ForegroundPolicies;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'toolcrib-'));
  policies = new ForegroundPolicies(state, 200);
  await policies.open();
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const files = (): string[] => readdirSync(join(state, 'policy/policies')).sort();
const newest = (): string => files().at(-1) ?? '';
const answer = (ack: object): void => writeFileSync(join(state, 'ack/ack.json'), JSON.stringify(ack));
const accept = (file: string): void => answer({ ...parseArtifactName(file), refused: null });
const awaited = (): Promise<unknown> => policies.untilInForce(() => false).catch((error: unknown) => error);

async function inForce(): Promise<string> {
  await policies.write(policy, undefined);
  const file = newest();
  accept(file);
  expect(await awaited()).toBe(true);
  return file;
}

it('a policy that the proxy refuses is not in force, is taken back, and the one before stays', async () => {
  const first = await inForce();
  await policies.write(narrower, undefined);
  expect(files()).toEqual([first, newest()]);
  answer({ ...parseArtifactName(first), refused: `${newest()}: is not to its taste` });
  const error = await awaited();
  expect(error).toBeInstanceOf(Failure);
  expect(String(error)).toMatch(/does not enforce policy 2 \(.*is not to its taste\).*policy 1 stays in force/);
  expect(policies.inForce).toBe(policy);
  expect(files()).toEqual([first]);
});

it('one that it does not take in time is not in force either', async () => {
  const first = await inForce();
  await policies.write(narrower, undefined);
  expect(String(await awaited())).toMatch(/did not take it within 0.2 s.*policy 1 stays in force/);
  expect(files()).toEqual([first]);
});

it('what was refused earlier says nothing of what is asked now', async () => {
  const first = await inForce();
  await policies.write(narrower, undefined);
  answer({ ...parseArtifactName(newest()), refused: `${first}: of an earlier run` });
  expect(await awaited()).toBe(true);
  expect(policies.inForce).toBe(narrower);
});

it('nothing is in force where the wait ends with the roles, and a later run goes on above the last number', async () => {
  await policies.write(policy, undefined);
  expect(await policies.untilInForce(() => true)).toBe(false);
  expect(policies.inForce).toBeNull();
  answer({ seq: 7, digest: '' });
  const later = new ForegroundPolicies(state);
  await later.open();
  await later.write(policy, undefined);
  expect(files()).toEqual([expect.stringMatching(/^00000008-/)]);
});
