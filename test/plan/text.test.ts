/** Whole plans as people read them. */
import { describe, expect, it } from 'vitest';
import type { ActualState } from '../../src/model/state.js';
import { planJson } from '../../src/plan/views/json.js';
import { planText } from '../../src/plan/views/text.js';
import { applySteps } from './support/apply-steps.js';
import { applied, BASE, base, MIB, palette, planOf } from './support/base.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const textOf = (declared: Declaration, actual: ActualState, options = {}): string =>
  planText(planOf(declared, actual, options).plan, palette);

const HEAD = 'Project acme on engine dev-host (Docker 20.10.24, unix:///var/run/docker.sock)\n\n';

/** What an edit of the declaration makes of the applied one: all between head and end. */
const EDITS: [string, (declared: Declaration) => void, string][] = [
  ['nothing', () => undefined, 'No changes. The engine is as declared.'],
  [
    'memory',
    (d) => void (d.servers!.docs!.memory = 512 * MIB),
    `Resources
  ~ server.docs  update in place (config)
      can be changed while it runs
      memory: 64Mi → 512Mi

Plan: 0 to create, 1 to update in place, 0 to replace, 0 to delete; access: 0 granted, 0 revoked.`,
  ],
  [
    'cpus and processes',
    (d) => void Object.assign(d.servers!.docs!, { cpus: 1, pids: 128 }),
    `Resources
  ~ server.docs  update in place (config)
      can be changed while it runs
      cpus: 0.5 → 1
      pids: 64 → 128

Plan: 0 to create, 1 to update in place, 0 to replace, 0 to delete; access: 0 granted, 0 revoked.`,
  ],
  [
    'environment and memory together',
    (d) =>
      void Object.assign(d.servers!.docs!, {
        memory: 128 * MIB,
        env: { LOG_LEVEL: 'debug', API_KEY: 'canary-2', 'X\u202e': 'a\u001b[2J' },
      }),
    `Resources
-/+ server.docs  replace: old serves until new is ready (config)
      env.API_KEY, env.LOG_LEVEL, env.X\\u{202e} can only be changed by a new container
      env.API_KEY:   (sensitive) → (sensitive, changed)
      env.LOG_LEVEL: info → debug
      env.X\\u{202e}: (none) → a\\u{1b}[2J
      memory:        64Mi → 128Mi

Plan: 0 to create, 0 to update in place, 1 to replace, 0 to delete; access: 0 granted, 0 revoked.`,
  ],
  [
    'a writable mount, so that two may not run side by side',
    (d) => void (d.servers!.notes!.args = ['--verbose']),
    `Resources
-/+ server.notes  replace: stops first (config)
      args can only be changed by a new container
      args: [--stdio] → [--verbose]

Plan: 0 to create, 0 to update in place, 1 to replace, 0 to delete; access: 0 granted, 0 revoked.`,
  ],
  [
    'another image',
    (d) => void (d.servers!.docs!.version = '2'),
    `Resources
-/+ server.docs          replace: old serves until new is ready (image)
      image can only be changed by a new container
      image: toolcrib/acme/server-docs:1 → toolcrib/acme/server-docs:2
      args, command, env.PATH, env.RELEASE, healthcheck, tmpfs./cache, user, workdir: (known after apply)

  + image.docs           create (config)
      not on the engine yet; it will be built
      reference: toolcrib/acme/server-docs:2
      id: (known after apply)
  - image.server-docs:1  delete  nothing uses it any more

Plan: 1 to create, 0 to update in place, 1 to replace, 1 to delete; access: 0 granted, 0 revoked.`,
  ],
  [
    'other definitions under the same image',
    (d) => void (d.servers!.docs!.description = 'Reads any file.'),
    `Resources
-/+ server.docs  replace: old serves until new is ready (definition)
      definitions can only be changed by a new container
      definitions: DIGEST → DIGEST

Plan: 0 to create, 0 to update in place, 1 to replace, 0 to delete; access: 0 granted, 0 revoked.`,
  ],
  [
    'access: wider, narrower, gone and new',
    (d) => {
      d.agents = {
        bot: [{ server: 'docs', tools: ['read_file', 'write_file'] }],
        cat: [{ server: 'notes', tools: ['list'], expires: '2027-01-01T00:00:00Z', arguments: {} }],
      };
      d.tokens = [
        { id: 'bbbbbbbbbb', revoked: '2026-11-22T00:00:00Z' },
        { id: 'cccccccccc', agent: 'cat' },
      ];
    },
    `Access
  ~ docs:read_file is widened for bot              high risk: more than before
  + bot gains docs:write_file                      high risk: any arguments
  - bot loses notes:list
  + cat gains notes:list                           high risk: any arguments
  - token bbbbbbbbbb of bot is no longer accepted
  + new token cccccccccc for cat, without expiry   high risk: it never ends by itself

Resources
  ~ policy  update in place (config)  access changes, as listed above

Plan: 0 to create, 1 to update in place, 0 to replace, 0 to delete; access: 3 granted, 2 revoked, 1 constrained.`,
  ],
  [
    'a token for another',
    (d) =>
      void (d.tokens = [
        { id: 'bbbbbbbbbb', revoked: '2026-11-22T00:00:00Z' },
        { id: 'cccccccccc', expires: '2027-01-01T00:00:00Z' },
      ]),
    `Access
  - token bbbbbbbbbb of bot is no longer accepted
  + new token cccccccccc for bot, until 2027-01-01T00:00:00Z

Resources
  ~ policy  update in place (credential)  tokens change, as listed above

Plan: 0 to create, 1 to update in place, 0 to replace, 0 to delete; access: 1 granted, 1 revoked.`,
  ],
  [
    'a server less',
    (d) => {
      delete d.servers!.docs;
      d.agents!.bot = [{ server: 'notes', tools: ['list'] }];
    },
    `Access
  - bot loses docs:read_file
  - server docs loses mount /data: bind /srv/docs (read-only)

Resources
  - server.docs          delete (config)           no longer declared

  - image.server-docs:1  delete                    nothing uses it any more

  ~ policy               update in place (config)  access changes, as listed above

Plan: 0 to create, 1 to update in place, 0 to replace, 2 to delete; access: 0 granted, 2 revoked.`,
  ],
  [
    'another port and another version of toolcrib',
    (d) => void Object.assign(d, { listen: '127.0.0.1:7500', system: '2' }),
    `Resources
-/+ control         replace (upgrade)
      image can only be changed by a new container
      image: toolcrib/acme/system:1 → toolcrib/acme/system:2
      env.PATH, env.RELEASE, healthcheck, tmpfs./cache: (known after apply)
-/+ bridge          replace: interrupts sessions (upgrade)
      image can only be changed by a new container
      image: toolcrib/acme/system:1 → toolcrib/acme/system:2
      env.PATH, env.RELEASE, healthcheck, tmpfs./cache: (known after apply)
-/+ proxy           replace: interrupts sessions (config)
      image, ports can only be changed by a new container
      image: toolcrib/acme/system:1 → toolcrib/acme/system:2 (upgrade)
      ports: [7411/tcp on 127.0.0.1:7411] → [7411/tcp on 127.0.0.1:7500]
      env.PATH, env.RELEASE, healthcheck, tmpfs./cache: (known after apply)

  + image.system    create (config)
      not on the engine yet; it will be built
      reference: toolcrib/acme/system:2
      id: (known after apply)
  - image.system:1  delete                    nothing uses it any more

  ~ policy          update in place (config)  what the proxy enforces changes, but nobody’s access

Plan: 1 to create, 1 to update in place, 3 to replace, 1 to delete; access: 0 granted, 0 revoked.`,
  ],
];

describe('an edit of the declaration', () => {
  it.each(EDITS)('%s', (_what, edit, expected) => {
    const edited = structuredClone(BASE);
    edit(edited);
    const text = textOf(edited, base.actual).replace(/sha256:[0-9a-f]{12}/g, 'DIGEST');
    expect(text).toBe(HEAD + expected);
    expect(text).not.toContain('canary');
    const after = applySteps(planOf(edited, base.actual).plan, declare(edited), base);
    expect(textOf(edited, after.actual)).toBe(`${HEAD}No changes. The engine is as declared.`);
  });
});

describe('the first plan', () => {
  it('says who will have access, and what each container will be', () => {
    const declared: Declaration = {
      servers: { docs: BASE.servers!.docs! },
      agents: { bot: BASE.agents!.bot!.slice(0, 1) },
    };
    expect(textOf(declared, { ...nothingThere(), images: applied(declared).actual.images })).toMatchInlineSnapshot(`
      "Project acme on engine dev-host (Docker 20.10.24, unix:///var/run/docker.sock)

      Access
        + bot gains docs:read_file
        + server docs gains mount /data: bind /srv/docs (read-only)

      Resources
        + server.docs           create (config)
            not on the engine yet
            image:         toolcrib/acme/server-docs:1
            command:       [/server]
            args:          [--stdio]
            user:          65532:65532
            env.API_KEY:   (sensitive)
            env.LOG_LEVEL: info
            mounts./data:  bind /srv/docs (read-only)
            memory:        64Mi
            cpus:          0.5
            pids:          64

        + control               create (config)
            not on the engine yet
            image: toolcrib/acme/system:1
        + bridge                create (config)
            not on the engine yet
            image:                       toolcrib/acme/system:1
            mounts./var/run/docker.sock: bind /var/run/docker.sock (read-only)
        + proxy                 create (config)
            not on the engine yet
            image: toolcrib/acme/system:1
            ports: [7411/tcp on 127.0.0.1:7411]

        + network.published     create (config)  not on the engine

        + volume.system.ack     create (config)  not on the engine
        + volume.system.audit   create (config)  not on the engine
        + volume.system.policy  create (config)  not on the engine
        + volume.system.run     create (config)  not on the engine

        + policy                create (config)  none is in force yet

      Plan: 10 to create, 0 to update in place, 0 to replace, 0 to delete; access: 2 granted, 0 revoked."
    `);
  });
});

describe('destroy', () => {
  it('says what stays', () => {
    expect(textOf(BASE, base.actual, { destroy: true })).toMatchInlineSnapshot(`
      "Project acme on engine dev-host (Docker 20.10.24, unix:///var/run/docker.sock)

      Access
        - bot loses docs:read_file
        - bot loses notes:list
        - token bbbbbbbbbb of bot is no longer accepted
        - server docs loses mount /data: bind /srv/docs (read-only)
        - server notes loses mount /notes: volume toolcrib.acme.volume.notes (writable)

      Resources
        - server.docs           delete (config)  everything is removed
        - server.notes          delete (config)  everything is removed

        - control               delete (config)  everything is removed
        - bridge                delete (config)  everything is removed
        - proxy                 delete (config)  everything is removed

        - network.published     delete (config)  everything is removed

        - volume.system.ack     delete (config)  everything is removed
        - volume.system.policy  delete (config)  everything is removed
        - volume.system.run     delete (config)  everything is removed

        - image.server-docs:1   delete (config)  everything is removed
        - image.server-notes:1  delete (config)  everything is removed
        - image.system:1        delete (config)  everything is removed

      Kept
        volume.notes: kept, because it holds data; \`destroy --volumes\` removes it
        volume.system.audit: kept, because it holds data; \`destroy --volumes\` removes it

      Plan: 0 to create, 0 to update in place, 0 to replace, 12 to delete; access: 0 granted, 5 revoked."
    `);
  });
});

describe('colours', () => {
  it('only repeat what is written', () => {
    const tagged = (tag: string) => (text: string) => `<${tag}>${text}</${tag}>`;
    const colours = {
      added: tagged('a'),
      removed: tagged('r'),
      changed: tagged('c'),
      strong: tagged('s'),
      faint: tagged('f'),
    };
    const edited = structuredClone(BASE);
    edited.servers!.docs!.args = ['x'];
    edited.agents = {};
    const { plan } = planOf(edited, base.actual);
    expect(planText(plan, colours).replace(/<\/?[arcsf]>/g, '')).toBe(planText(plan, palette));
  });
});

describe('the head of a plan', () => {
  it('names project, environment, engine and context', () => {
    const actual = nothingThere();
    actual.engine.context = 'prod';
    const { plan } = planOf({}, actual, { environment: 'prod' });
    expect(planText(plan, palette).split('\n')[0]).toBe(
      'Project acme, environment prod, on engine dev-host (Docker 20.10.24, context prod, unix:///var/run/docker.sock)',
    );
    expect(planJson(plan)).toMatchObject({ environment: 'prod', engine: { context: 'prod' } });
  });

  it('says what is left out', () => {
    const edited = structuredClone(BASE);
    edited.servers!.docs!.memory = 128 * MIB;
    edited.servers!.notes!.memory = 128 * MIB;
    expect(textOf(edited, base.actual, { targets: ['server.docs'] })).toMatchInlineSnapshot(`
      "Project acme on engine dev-host (Docker 20.10.24, unix:///var/run/docker.sock)
      Only server.docs: policy and everything else stay as they live.

      Resources
        ~ server.docs  update in place (config)
            can be changed while it runs
            memory: 64Mi → 128Mi

      Plan: 0 to create, 1 to update in place, 0 to replace, 0 to delete; access: 0 granted, 0 revoked."
    `);
  });
});
