/**
 * A plan for programs, under OpenTofu's names where the thing is the same (DESIGN.md, "Plan JSON"). `before` and
 * `after` hold the fields that differ, not the whole resource. Steps are left out: they hold what only apply may see.
 */
import { kindOf, nameOf } from '../model/address.js';
import type { Json, JsonObject } from '../model/definitions.js';
import { isInPlace } from './fields.js';
import type { Change, FieldChange, Plan } from './plan.js';
import { isHidden } from './sensitive.js';
import { tally } from './tally.js';

/** Fields that are maps: the rest of the name is a key of the map. */
const MAPS: readonly string[] = ['env', 'mounts', 'tmpfs', 'ulimits', 'labels'];

export function planJson(plan: Plan): JsonObject {
  const { engine, project, environment } = plan;
  return {
    format_version: plan.formatVersion,
    toolcrib_version: plan.toolcrib,
    project: { name: project.name, id: project.id },
    environment,
    engine: { ...engine },
    complete: true,
    resource_changes: plan.changes.map(resourceChange),
    resource_drift: plan.changes.flatMap(resourceDrift),
    access_changes: plan.accessChanges.map((change) => ({ ...change })),
    policy: { digest: plan.policyDigest, routes: plan.routes },
    summary: tally(plan),
    diagnostics: plan.warnings as unknown as Json,
  };
}

function resourceChange(change: Change): JsonObject {
  return {
    ...identity(change),
    change: {
      actions: actions(change),
      before: change.action === 'create' ? null : nested(change.fields, (field) => field.before as Json),
      after: change.action === 'delete' ? null : nested(change.fields, (field) => field.after as Json),
      after_unknown: Object.fromEntries(change.unknown.map((field) => [field, true])),
      before_sensitive: nested(
        change.fields.filter(({ before }) => isHidden(before)),
        () => true,
      ),
      after_sensitive: nested(
        change.fields.filter(({ after }) => isHidden(after)),
        () => true,
      ),
      replace_paths:
        change.action === 'replace'
          ? change.fields.filter(({ field }) => !isInPlace(field)).map(({ field }) => path(field))
          : [],
    },
    action_reason: actionReason(change),
    cause: change.cause,
    disruption: change.disruption,
    reason: change.reason,
  };
}

/** What happened behind toolcrib's back: `before` as applied, `after` as it is now. */
function resourceDrift(change: Change): JsonObject[] {
  const fields = change.fields.filter((field) => field.cause === 'drift');
  if (change.cause !== 'drift' && fields.length === 0) return [];
  const gone = change.action === 'create';
  const seen = {
    actions: [gone ? 'delete' : 'update'],
    before: nested(fields, (field) => field.after as Json),
    after: gone ? null : nested(fields, (field) => field.before as Json),
  };
  return [{ ...identity(change), change: seen }];
}

function identity({ address }: Change): JsonObject {
  return { address, type: kindOf(address), name: nameOf(address) };
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

function actionReason({ action, fields }: Change): string | null {
  if (action === 'delete') return 'delete_because_no_resource_config';
  if (action !== 'replace') return null;
  return fields.some(({ field }) => !isInPlace(field)) ? 'replace_because_cannot_update' : 'replace_by_request';
}

function nested(fields: readonly FieldChange[], value: (field: FieldChange) => Json): JsonObject {
  const object: JsonObject = {};
  for (const field of fields) {
    const [first = '', second] = path(field.field);
    if (second === undefined) object[first] = value(field);
    else object[first] = { ...(object[first] as JsonObject | undefined), [second]: value(field) };
  }
  return object;
}

/** `env.LOG_LEVEL` → its two parts; a key may hold further dots. */
function path(field: string): string[] {
  const dot = field.indexOf('.');
  const map = field.slice(0, dot);
  return dot > 0 && MAPS.includes(map) ? [map, field.slice(dot + 1)] : [field];
}
