/**
 * A plan in a file: reviewed here, applied there or later. It holds the plan, the policy artifact that apply ends with,
 * and a fingerprint of all that the plan was made from. It holds no secret: what containers are created from stays in
 * the declaration, and only its salted hash is here. The digest tells damage from what was written, not friend from
 * foe: apply makes the plan again and does nothing unless both are the same.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readTextFile } from '../config/text-file.js';
import { canonicalize } from '../definitions/canonical.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import type { Json } from '../model/definitions.js';
import type { Plan, Step } from '../plan/plan.js';
import type { Policy } from '../policy/artifact.js';
import type { Context } from './context.js';
import type { Fingerprint } from './fingerprint.js';
import { fingerprint, saltedHash } from './fingerprint.js';
import type { Planned, PlanOptions } from './planned.js';

export interface SavedPlan {
  format: 'toolcrib-plan';
  format_version: 1;
  /** ISO 8601. */
  created: string;
  salt: string;
  options: { destroy: boolean; volumes: boolean; targets: Address[]; replace: Address[] };
  /** Its steps name what they create containers from by hash alone. */
  plan: Plan;
  /** `server.files@4` → salted hash of everything that the container is created from, where its image was known. */
  creates: Record<string, string>;
  /** The policy that apply ends with; null: everything goes. */
  artifact: Policy | null;
  saw: Fingerprint;
}

const FORMAT = 'toolcrib-plan';
const BEGINNING = `{"format":"${FORMAT}"`;
const MAX_BYTES = 256 * 1024 * 1024;

export async function savePlan(planned: Planned, context: Context, options: PlanOptions, path: string): Promise<void> {
  const salt = randomBytes(16).toString('hex');
  const { plan, declared } = planned;
  const { destroy = false, volumes = false, targets = [], replace = [] } = options;
  const saved: SavedPlan = {
    format: FORMAT,
    format_version: 1,
    created: context.now().toISOString(),
    salt,
    options: { destroy, volumes, targets: [...targets], replace: [...replace] },
    plan: { ...plan, steps: plan.steps.map(withoutResolved) },
    creates: createdBy(plan.steps, salt),
    artifact: destroy ? null : declared.policy(plan.routes),
    saw: await fingerprint(planned, context, salt),
  };
  const value = JSON.parse(JSON.stringify(saved)) as Record<string, Json>;
  await writePrivately(resolve(context.dir, path), `${JSON.stringify({ ...value, digest: digestOf(value) })}\n`, path);
}

/** @throws Failure `plan_file_invalid` with the one thing that is wrong with it. */
export async function readSavedPlan(dir: string, path: string): Promise<SavedPlan> {
  const read = readTextFile(resolve(dir, path), path, MAX_BYTES);
  if ('missing' in read) return refuse(path, 'it is not there');
  if ('diagnostic' in read) throw new Failure([read.diagnostic]);
  const value = parse(read.file.text, path);
  if (value.format !== FORMAT) return refuse(path, 'it was not written by `toolcrib plan --out`');
  if (value.format_version !== 1)
    return refuse(
      path,
      `another version of toolcrib wrote it, in format ${JSON.stringify(value.format_version ?? null).slice(0, 20)}`,
    );
  const { digest, ...rest } = value;
  if (digest !== digestOf(rest))
    return refuse(path, 'it was damaged or edited after it was written: its digest does not match');
  if (!isWhole(rest)) return refuse(path, 'parts of it are missing');
  return rest as unknown as SavedPlan;
}

function parse(text: string, path: string): Record<string, Json> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(
      path,
      text.startsWith(BEGINNING) ? 'it is cut off or damaged' : NO_PLAN,
      text.startsWith(BEGINNING) ? undefined : NAME_ONE,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>;
  return refuse(path, NO_PLAN, NAME_ONE);
}

const NO_PLAN = 'it is no plan file';
const NAME_ONE = 'Name a file that `toolcrib plan --out FILE` wrote.';

function refuse(path: string, why: string, fix = `Write it anew with \`toolcrib plan --out ${path}\`.`): never {
  return fail('plan_file_invalid', `${path} cannot be used as a plan: ${why}.`, fix);
}

/** The digest says that toolcrib wrote it; this, that this one's type describes it. */
function isWhole(value: Record<string, Json>): boolean {
  const { plan, saw, options, creates } = value;
  if (![plan, saw, options, creates].every((each) => typeof each === 'object' && each !== null)) return false;
  const { changes, accessChanges, warnings, steps, targets } = plan as Record<string, Json>;
  return [changes, accessChanges, warnings, steps, targets].every(Array.isArray);
}

function digestOf(value: Record<string, Json>): string {
  return `sha256:${createHash('sha256').update(canonicalize(value)).digest('hex')}`;
}

/** For its owner's eyes, and whole or not at all. */
async function writePrivately(absolute: string, text: string, path: string): Promise<void> {
  const beside = `${absolute}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(beside, text, { mode: 0o600, flag: 'wx' });
    await chmod(beside, 0o600);
    await rename(beside, absolute);
  } catch (error) {
    await rm(beside, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    fail('plan_file_invalid', `${path} cannot be written: ${why}.`, 'Name a file in a folder that you may write to.');
  }
}

/** Somebody's file, or a device such as /dev/null, would be gone: only a plan, or an empty file, makes way for a plan. */
export async function refuseToReplace(dir: string, path: string): Promise<void> {
  const absolute = resolve(dir, path);
  const there = await stat(absolute).catch(() => null);
  if (!there || (there.isFile() && there.size === 0)) return;
  if (there.isFile() && (await beginningOf(absolute)) === BEGINNING) return;
  fail(
    'plan_file_invalid',
    `${path} is there, and is no plan file: it is not written over.`,
    'Name another file, or remove that one first.',
  );
}

async function beginningOf(absolute: string): Promise<string> {
  const file = await open(absolute);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING.length), 0, BEGINNING.length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

export function withoutResolved(step: Step): Step {
  return step.do === 'create-container' ? { ...step, resolved: null } : step;
}

export function createdBy(steps: readonly Step[], salt: string): Record<string, string> {
  return Object.fromEntries(
    steps.flatMap((step) =>
      step.do === 'create-container' && step.resolved
        ? [[`${step.address}@${step.generation}`, saltedHash(salt, step.resolved as unknown as Json)]]
        : [],
    ),
  );
}
