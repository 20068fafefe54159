/**
 * What a declaration comes to on an image: every field that the engine would fill in from the image or by default is
 * filled in here, so that the live container can be compared with it, and nothing is left to the engine.
 */
import type { ContainerSpec, HealthcheckSpec, ResolvedContainer } from '../../model/container.js';
import type { ImageInspect } from '../../model/inspect.js';
import { LABEL } from '../../model/labels.js';
import type { DesiredContainer } from '../../model/state.js';
import { appliedLabel } from './applied.js';
import { cleanPath, envMap, healthcheck } from './normal.js';

/** Whoever needs no other user runs as this one. */
export const NOBODY = '65532:65532';
/** Covers what an image declares as VOLUME: else the engine makes a writable anonymous volume, read-only root or not. */
export const IMAGE_VOLUME_OPTIONS = 'rw,noexec,nosuid,nodev,size=64m';

type ImageConfig = NonNullable<ImageInspect['Config']>;

export function resolve(spec: ContainerSpec, image: ImageInspect): ResolvedContainer {
  const config = image.Config ?? {};
  const entrypoint = nonEmpty(spec.entrypoint);
  return {
    ...spec,
    imageId: image.Id,
    user: spec.user ?? userOf(config),
    // The engine does the same: an entrypoint of one's own drops the image's command.
    entrypoint: entrypoint ?? config.Entrypoint ?? [],
    cmd: spec.cmd ?? (entrypoint ? [] : (config.Cmd ?? [])),
    workdir: spec.workdir ?? config.WorkingDir ?? '',
    env: { ...envMap(config.Env), ...spec.env },
    tmpfs: { ...coveredVolumes(spec, config), ...spec.tmpfs },
    healthcheck: mergedHealthcheck(spec.healthcheck, config),
  };
}

/** As `create-container` asks for it: with the labels that only a new container gets. */
export function resolveStep(container: DesiredContainer, generation: number, image: ImageInspect): ResolvedContainer {
  const resolved = resolve(container.spec, image);
  const labels = {
    ...resolved.labels,
    [LABEL.generation]: String(generation),
    [LABEL.applied]: appliedLabel(resolved),
  };
  return { ...resolved, labels };
}

/** Fields (plan/fields/table.ts) that the image gives: a difference in one of them is the image's doing. */
export function inherited(spec: ContainerSpec, image: ImageInspect | null): Set<string> {
  const config = image?.Config ?? {};
  const fields = Object.keys(envMap(config.Env))
    .filter((name) => !Object.hasOwn(spec.env, name))
    .map((name) => `env.${name}`);
  fields.push(...Object.keys(coveredVolumes(spec, config)).map((path) => `tmpfs.${path}`));
  if (!nonEmpty(spec.entrypoint)) fields.push('command');
  if (spec.cmd === null && !nonEmpty(spec.entrypoint)) fields.push('args');
  if (spec.user === null) fields.push('user');
  if (spec.workdir === null) fields.push('workdir');
  if (spec.healthcheck === null) fields.push('healthcheck');
  return new Set(fields);
}

/** An empty entrypoint is none: the engine takes it so too. */
function nonEmpty(entrypoint: string[] | null): string[] | null {
  return entrypoint && entrypoint.length > 0 ? entrypoint : null;
}

function userOf(config: ImageConfig): string {
  const user = config.User ?? '';
  return user === '' || /^(root|0+)(:|$)/.test(user) ? NOBODY : user;
}

function coveredVolumes(spec: ContainerSpec, config: ImageConfig): Record<string, string> {
  const taken = new Set([...spec.mounts.map((mount) => mount.target), ...Object.keys(spec.tmpfs)].map(cleanPath));
  const open = Object.keys(config.Volumes ?? {})
    .map(cleanPath)
    .filter((path) => !taken.has(path));
  return Object.fromEntries(open.map((path) => [path, IMAGE_VOLUME_OPTIONS]));
}

/** Sub-field by sub-field, as the engine merges; zero means: the image's. */
function mergedHealthcheck(own: HealthcheckSpec | null, config: ImageConfig): HealthcheckSpec | null {
  const base = healthcheck(config.Healthcheck);
  if (!own) return base;
  if (!base) return own;
  return {
    test: own.test.length > 0 ? own.test : base.test,
    interval: own.interval || base.interval,
    timeout: own.timeout || base.timeout,
    startPeriod: own.startPeriod || base.startPeriod,
    retries: own.retries || base.retries,
  };
}
