/**
 * A plan for programs, under OpenTofu's names where the thing is the same (DESIGN.md, "Plan JSON"); its shape is
 * schemas/plan.schema.json. Steps are left out: they hold what only apply may see.
 */
import { kindOf, nameOf } from '../../model/address.js';
import type { Json, JsonObject } from '../../model/definitions.js';
import { isInPlace } from '../fields/table.js';
import type { Change, FieldChange, Plan } from '../plan.js';
import { isHidden } from '../fields/sensitive.js';
import { tally } from './tally.js';

/** Fields that are maps: the rest of the name is a key of the map. */
const MAPS: readonly string[] = ['env', 'mounts', 'tmpfs', 'ulimits', 'labels'];

export function planJson(plan: Plan): JsonObject {
  const { engine, project } = plan;
  return {
    format_version: plan.formatVersion,
    toolcrib_version: plan.toolcrib,
    mode: plan.mode,
    project: { name: project.name, id: project.id },
    environment: plan.environment,
    engine: {
      id: engine.id,
      name: engine.name,
      version: engine.version,
      api_version: engine.apiVersion,
      platform: engine.platform,
      endpoint: engine.endpoint,
      context: engine.context ?? null,
    },
    targets: [...plan.targets],
    // What else differs stays as it is, so that an apply would not make everything as declared.
    complete: plan.targets.length === 0 && plan.mode !== 'drift',
    resource_changes: plan.changes.map((change) => resourceChange(change, plan)),
    resource_drift: plan.changes.flatMap(resourceDrift),
    access_changes: plan.accessChanges.map((change) => ({ ...change })),
    policy: { digest: plan.policyDigest, routes: plan.routes },
    summary: tally(plan),
    diagnostics: [...plan.refusals, ...plan.warnings] as unknown as Json,
  };
}

function resourceChange(change: Change, plan: Plan): JsonObject {
  const { before, after, fields } = change;
  return {
    ...identity(change),
    change: {
      actions: actions(change),
      before,
      after,
      after_unknown: nested(
        change.unknown.map((field) => [field, true]),
        {},
      ),
      before_sensitive: hidden(before),
      after_sensitive: hidden(after),
      replace_paths:
        change.action === 'replace'
          ? fields.filter(({ field }) => !isInPlace(field)).map(({ field }) => path(field))
          : [],
    },
    action_reason: actionReason(change, plan),
    cause: change.cause,
    disruption: change.disruption,
    reason: change.reason,
    fields: fields.map((field) => ({ ...field }) as unknown as JsonObject),
  };
}

/** What happened behind toolcrib's back: `before` as applied, `after` as it is now. */
function resourceDrift(change: Change): JsonObject[] {
  const fields = change.fields.filter((field) => field.cause === 'drift');
  if (change.cause !== 'drift' && fields.length === 0) return [];
  const gone = change.action === 'create';
  const applied = gone ? change.after : change.before && nested(fields.map(wasApplied), structuredClone(change.before));
  return [
    {
      ...identity(change),
      change: { actions: [gone ? 'delete' : 'update'], before: applied, after: gone ? null : change.before },
    },
  ];
}

/** What a drifted field was before it drifted is what it is to be again. */
function wasApplied({ field, after }: FieldChange): [string, Json] {
  return [field, after as Json];
}

function identity({ address, movedFrom }: Change): JsonObject {
  const previous = movedFrom === undefined ? {} : { previous_address: movedFrom };
  return { address, ...previous, type: kindOf(address), name: nameOf(address) };
}

function actions({ action, disruption }: Change): string[] {
  switch (action) {
    case 'replace':
      return disruption === 'replace: old serves until new is ready' ? ['create', 'delete'] : ['delete', 'create'];
    case 'start':
      return ['update'];
    default:
      return [action];
  }
}

function actionReason({ action, fields }: Change, { mode }: Plan): string | null {
  if (action === 'delete') return mode === 'destroy' ? null : 'delete_because_no_resource_config';
  if (action !== 'replace') return null;
  return fields.some(({ field }) => !isInPlace(field)) ? 'replace_because_cannot_update' : 'replace_by_request';
}

/** The same shape with `true` where a value is hidden. */
function hidden(state: JsonObject | null): JsonObject {
  const found: JsonObject = {};
  for (const [name, value] of Object.entries(state ?? {})) {
    if (isHidden(value)) found[name] = true;
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const inner = hidden(value);
      if (Object.keys(inner).length > 0) found[name] = inner;
    }
  }
  return found;
}

/** Puts each field into the object, maps as objects in it; a key of a map that is null is not there. */
function nested(fields: readonly [string, Json][], object: JsonObject): JsonObject {
  for (const [field, value] of fields) {
    const [first = '', second] = path(field);
    if (second === undefined) {
      object[first] = value;
      continue;
    }
    const { [second]: _was, ...others } = (object[first] ?? {}) as JsonObject;
    object[first] = value === null ? others : { ...others, [second]: value };
  }
  return object;
}

/** `env.LOG_LEVEL` → its two parts; a key may hold further dots. */
function path(field: string): string[] {
  const dot = field.indexOf('.');
  const map = field.slice(0, dot);
  return dot > 0 && MAPS.includes(map) ? [map, field.slice(dot + 1)] : [field];
}
