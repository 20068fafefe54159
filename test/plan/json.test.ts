/** Plans as programs read them: OpenTofu's names, and the schema that is shipped. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import { driftOnly } from '../../src/plan/drift-only.js';
import { changesNothing } from '../../src/plan/plan.js';
import type { Plan } from '../../src/plan/plan.js';
import { planJson } from '../../src/plan/views/json.js';
import { BASE, base, MIB, planOf } from './support/base.js';
import { nothingThere } from './support/engine-model.js';

const schema = JSON.parse(readFileSync(new URL('../../schemas/plan.schema.json', import.meta.url), 'utf8')) as object;
const validate = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
}).compile(schema);

function problemsOf(plan: Plan): unknown {
  return validate(JSON.parse(JSON.stringify(planJson(plan)))) ? null : validate.errors;
}

const edited = structuredClone(BASE);
Object.assign(edited.servers!.docs!, { memory: 128 * MIB, env: { LOG_LEVEL: 'debug', API_KEY: 'canary-2' } });
edited.agents!.bot!.pop();

interface Picked {
  change: { actions: Json; before: JsonObject | null; after: JsonObject | null };
}

/** Of whole resources what these tests change: a new field is no news here. */
function pick<T extends Picked>(each: T): T {
  const few = (state: JsonObject | null): JsonObject | null =>
    state &&
    Object.fromEntries(
      ['name', 'image', 'env', 'memory', 'pids', 'routes'].flatMap((field) =>
        state[field] === undefined ? [] : [[field, state[field]]],
      ),
    );
  return { ...each, change: { ...each.change, before: few(each.change.before), after: few(each.change.after) } };
}

describe('a plan as JSON', () => {
  it('uses OpenTofu’s names', () => {
    const world = structuredClone(base);
    world.actual.containers.find((each) => each.address === 'server.docs')!.inspect.HostConfig.PidsLimit = 500;
    const json = planJson(planOf(edited, world.actual).plan);
    const changes = json.resource_changes as unknown as Picked[];
    const shown = changes.filter((each) => JSON.stringify(each.change.actions) !== '["no-op"]').map(pick);
    expect(shown).toMatchInlineSnapshot(`
      [
        {
          "action_reason": "replace_because_cannot_update",
          "address": "server.docs",
          "cause": "config",
          "change": {
            "actions": [
              "create",
              "delete",
            ],
            "after": {
              "env": {
                "API_KEY": "(sensitive, changed)",
                "LOG_LEVEL": "debug",
                "PATH": "/usr/local/bin",
                "RELEASE": "1",
              },
              "image": "toolcrib/acme/server-docs:1",
              "memory": 134217728,
              "name": "toolcrib.acme.server.docs.g2",
              "pids": 64,
            },
            "after_sensitive": {
              "env": {
                "API_KEY": true,
              },
            },
            "after_unknown": {},
            "before": {
              "env": {
                "API_KEY": "(sensitive)",
                "LOG_LEVEL": "info",
                "PATH": "/usr/local/bin",
                "RELEASE": "1",
              },
              "image": "toolcrib/acme/server-docs:1",
              "memory": 67108864,
              "name": "toolcrib.acme.server.docs.g1",
              "pids": 500,
            },
            "before_sensitive": {
              "env": {
                "API_KEY": true,
              },
            },
            "replace_paths": [
              [
                "env",
                "API_KEY",
              ],
              [
                "env",
                "LOG_LEVEL",
              ],
            ],
          },
          "disruption": "replace: old serves until new is ready",
          "fields": [
            {
              "after": "(sensitive, changed)",
              "before": "(sensitive)",
              "cause": "config",
              "field": "env.API_KEY",
            },
            {
              "after": "debug",
              "before": "info",
              "cause": "config",
              "field": "env.LOG_LEVEL",
            },
            {
              "after": 134217728,
              "before": 67108864,
              "cause": "config",
              "field": "memory",
            },
            {
              "after": 64,
              "before": 500,
              "cause": "drift",
              "field": "pids",
            },
          ],
          "name": "docs",
          "reason": "env.API_KEY, env.LOG_LEVEL can only be changed by a new container",
          "type": "server",
        },
        {
          "action_reason": null,
          "address": "policy",
          "cause": "config",
          "change": {
            "actions": [
              "update",
            ],
            "after": {
              "routes": {
                "docs": 2,
                "notes": 1,
              },
            },
            "after_sensitive": {},
            "after_unknown": {},
            "before": {
              "routes": {
                "docs": 1,
                "notes": 1,
              },
            },
            "before_sensitive": {},
            "replace_paths": [],
          },
          "disruption": "none",
          "fields": [],
          "name": "policy",
          "reason": "access changes, as listed above",
          "type": "policy",
        },
      ]
    `);
    expect((json.resource_drift as unknown as typeof changes).map(pick)).toMatchInlineSnapshot(`
      [
        {
          "address": "server.docs",
          "change": {
            "actions": [
              "update",
            ],
            "after": {
              "env": {
                "API_KEY": "(sensitive)",
                "LOG_LEVEL": "info",
                "PATH": "/usr/local/bin",
                "RELEASE": "1",
              },
              "image": "toolcrib/acme/server-docs:1",
              "memory": 67108864,
              "name": "toolcrib.acme.server.docs.g1",
              "pids": 500,
            },
            "before": {
              "env": {
                "API_KEY": "(sensitive)",
                "LOG_LEVEL": "info",
                "PATH": "/usr/local/bin",
                "RELEASE": "1",
              },
              "image": "toolcrib/acme/server-docs:1",
              "memory": 67108864,
              "name": "toolcrib.acme.server.docs.g1",
              "pids": 64,
            },
          },
          "name": "docs",
          "type": "server",
        },
      ]
    `);
    expect({ ...json, resource_changes: null, resource_drift: null, policy: null }).toMatchInlineSnapshot(`
      {
        "access_changes": [
          {
            "agent": "bot",
            "effect": "revoked",
            "kind": "tool",
            "reason": null,
            "risk": "low",
            "server": "notes",
            "text": "bot loses notes:list",
            "token": null,
            "tool": "list",
          },
        ],
        "complete": true,
        "diagnostics": [],
        "engine": {
          "api_version": "1.41",
          "context": null,
          "endpoint": "unix:///var/run/docker.sock",
          "id": "ENGINE",
          "name": "dev-host",
          "platform": "linux/amd64",
          "version": "20.10.24",
        },
        "environment": null,
        "format_version": "1.0",
        "mode": "apply",
        "policy": null,
        "project": {
          "id": "id-of-acme",
          "name": "acme",
        },
        "resource_changes": null,
        "resource_drift": null,
        "summary": {
          "constrained": 0,
          "create": 0,
          "delete": 0,
          "granted": 0,
          "replace": 1,
          "revoked": 1,
          "start": 0,
          "update": 1,
        },
        "targets": [],
        "toolcrib_version": "0.1.0",
      }
    `);
  });

  it('holds no secret, and survives being written and read', () => {
    const { plan } = planOf(edited, base.actual);
    const written = JSON.stringify(planJson(plan));
    expect(written).not.toContain('canary');
    expect(JSON.parse(written)).toEqual(planJson(plan));
  });
});

describe('the shipped schema', () => {
  const drifted = structuredClone(base.actual);
  drifted.containers.find(({ address }) => address === 'server.docs')!.inspect.HostConfig.PidsLimit = 500;
  drifted.containers = drifted.containers.filter(({ address }) => address !== 'server.notes');
  const PLANS: [string, Plan][] = [
    ['the first', planOf(BASE, nothingThere()).plan],
    ['nothing to do', planOf(BASE, base.actual).plan],
    ['an edit', planOf(edited, base.actual).plan],
    ['another image', planOf({ ...BASE, servers: { docs: { version: '2' } } }, base.actual).plan],
    ['drift', planOf(BASE, drifted).plan],
    ['drift alone', driftOnly(planOf(edited, drifted).plan)],
    ['one target', planOf(edited, base.actual, { targets: ['server.docs'] }).plan],
    ['a replacement that was asked for', planOf(BASE, base.actual, { replace: ['server.docs', 'proxy'] }).plan],
    ['the end', planOf(BASE, base.actual, { destroy: true }).plan],
    ['the end of nothing', planOf(BASE, nothingThere(), { destroy: true }).plan],
    ['another environment', planOf(BASE, nothingThere(), { environment: 'prod' }).plan],
  ];

  it.each(PLANS)('describes %s', (_what, plan) => {
    expect(problemsOf(plan)).toBeNull();
  });

  it('refuses what no plan is', () => {
    const json = planJson(planOf(edited, base.actual).plan) as Record<string, unknown>;
    for (const name of Object.keys(json)) {
      expect(validate({ ...json, [name]: undefined }), name).toBe(false);
    }
    expect(validate({ ...json, more: 1 })).toBe(false);
  });
});

describe('what drifted', () => {
  it('is told whole: as applied, and as it is now', () => {
    const world = structuredClone(base);
    const docs = world.actual.containers.find(({ address }) => address === 'server.docs')!;
    docs.inspect.Config.Env = [...(docs.inspect.Config.Env ?? []), 'EXTRA=1'];
    const [drift] = planJson(planOf(BASE, world.actual).plan).resource_drift as {
      change: { before: { env: object; memory: number }; after: { env: object; memory: number } };
    }[];
    expect(drift?.change.before.memory).toBe(64 * MIB);
    expect(drift?.change.after.env).toEqual({ ...drift?.change.before.env, EXTRA: '1' });
  });

  it('is all that is left of a plan for drift alone', () => {
    const world = structuredClone(base);
    world.actual.containers.find(({ address }) => address === 'server.docs')!.inspect.HostConfig.PidsLimit = 500;
    const plan = driftOnly(planOf(edited, world.actual).plan);
    expect(plan.changes.map(({ address, fields }) => [address, fields])).toEqual([
      ['server.docs', [{ field: 'pids', before: 500, after: 64, cause: 'drift' }]],
    ]);
    expect(plan).toMatchObject({ mode: 'drift', steps: [], accessChanges: [] });
    expect(changesNothing(driftOnly(planOf(edited, base.actual).plan))).toBe(true);
  });
});
