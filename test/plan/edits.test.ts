/**
 * Law 3: each single edit of a file gives exactly the expected change and no other. One row for every field of the
 * schema: a field without a row fails. Through everything that is pure: file, lock, compile, plan, on the engine model.
 */
import { describe, expect, it } from 'vitest';
import schemaDocument from '../../schemas/toolbox.schema.json' with { type: 'json' };
import type { Compiled } from '../../src/compile/desired.js';
import type { Config } from '../../src/config/config.js';
import { planProject } from '../../src/plan/plan-project.js';
import { folder, valid } from '../config/support.js';
import { applySteps } from './support/apply-steps.js';
import type { World } from './support/apply-steps.js';
import { definitions } from './support/declare.js';
import { AUTHORITIES, BASE, ELSEWHERE, ROWS, TOOLS } from './support/edits.js';
import { nothingThere } from './support/engine-model.js';
import { compiled } from './support/from-file.js';

const FILES = {
  'one.pem': AUTHORITIES.one,
  'two.pem': AUTHORITIES.two,
  'docs/a': '',
  'other/a': '',
  'mine/Dockerfile': 'FROM scratch\n',
  'mine/Other': 'FROM scratch\n',
  'yours/Dockerfile': 'FROM scratch\n',
};

const OFFERED = definitions({ tools: TOOLS, prompts: ['hello', 'bye'], resources: ['file:///a', 'file:///b'] });

function declared(config: Config): Compiled {
  const whole = compiled(config, () => OFFERED);
  expect(whole.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return whole;
}

/** Every change but that of images, which go with their servers; every access. */
function edits(config: Config, { actual }: World): string[] {
  const { plan, diagnostics } = planProject(declared(config).desired, actual, { version: '1.2.3' });
  expect(diagnostics).toEqual([]);
  expect(plan.refusals).toEqual([]);
  const changes = plan.changes.filter(({ action, address }) => action !== 'no-op' && !address.startsWith('image.'));
  expect(changes.filter(({ cause }) => cause === 'drift')).toEqual([]);
  return [
    ...changes.map(
      ({ action, address, fields }) =>
        `${action} ${address}${fields.length > 0 ? `: ${fields.map(({ field }) => field).join(' ')}` : ''}`,
    ),
    ...plan.accessChanges.map(({ text }) => text),
  ];
}

const worlds = new Map<string | null, World>();

async function read(text: string, environment: string | null): Promise<Config> {
  const written = await folder({ ...FILES, 'toolbox.yaml': text });
  const config = await valid(written, { environment });
  // The same project, wherever the test put it.
  return JSON.parse(JSON.stringify(config).replaceAll(written, '/srv/acme')) as Config & Pick<Config, 'locate'>;
}

async function load(text: string, environment: string | null): Promise<Config> {
  return { ...(await read(text, environment)), locate: () => undefined };
}

async function worldOf(environment: string | null): Promise<World> {
  const known = worlds.get(environment);
  if (known) return known;
  const base = declared(await load(BASE, environment));
  const foreignVolumes = ['legacy', 'others'].map((Name) => ({ Name, Driver: 'local', Labels: null }));
  const empty = { actual: { ...nothingThere(), foreignVolumes }, policy: null };
  const { plan } = planProject(base.desired, empty.actual, { version: '1.2.3' });
  const world = applySteps(plan, base, empty);
  worlds.set(environment, world);
  return world;
}

/** Every field that somebody can write, from the schema itself. */
function fieldsOf(): string[] {
  interface Node {
    $ref?: string;
    properties?: Record<string, Node>;
    additionalProperties?: Node | boolean;
    items?: Node;
  }
  const root = schemaDocument as unknown as Node & { $defs: Record<string, Node> };
  const found: string[] = [];
  const resolved = (node: Node): Node =>
    node.$ref ? resolved(root.$defs[node.$ref.replace('#/$defs/', '')] ?? {}) : node;
  const walk = (of: Node, path: string): void => {
    const node = resolved(of);
    const below: [Node, string][] = Object.entries(node.properties ?? {}).map(([key, each]) => [
      each,
      path ? `${path}.${key}` : key,
    ]);
    if (typeof node.additionalProperties === 'object') below.push([node.additionalProperties, `${path}.*`]);
    if (node.items && resolved(node.items).properties) below.push([node.items, `${path}[]`]);
    if (below.length === 0) found.push(path);
    for (const [each, at] of below) walk(each, at);
  };
  walk(root, '');
  return found;
}

describe('law 3: one edit, exactly its change', () => {
  it('has a row for every field of the schema', () => {
    const known = new Set([...ROWS.map(([field]) => field), ...Object.keys(ELSEWHERE)]);
    expect(fieldsOf().filter((field) => !known.has(field))).toEqual([]);
    expect([...known].filter((field) => !fieldsOf().includes(field))).toEqual([]);
  });

  it('gives none where nothing but looks has changed', async () => {
    const world = await worldOf(null);
    for (const [from, to] of [
      ['# a comment', '# another comment\n\n'],
      [
        '  files:\n    image: files:1\n    alias: f\n',
        '  files: # the files\n    alias: "f"\n    image: \'files:1\'\n',
      ],
      ['env: {LEVEL: "${level}", LANG: C}', 'env: &env\n      LANG: C\n      LEVEL: debug'],
      ['resources: {memory: 64Mi, cpus: 0.5, pids: 64}', 'resources: {pids: 64, memory: 67108864, cpus: 0.50}'],
      ['version: 1\ntoolbox: main\n', 'toolbox: main\nversion: 1\n'],
      ['interval: 30s', 'interval: 30000ms'],
      [
        '  package: {npm: "@s/p@1.0.0", allow_scripts: []}\n  snake: {pypi: "s@1.0.0"}\n',
        '  snake: {pypi: "s@1.0.0"}\n  package: {npm: "@s/p@1.0.0"}\n',
      ],
    ] as const) {
      expect(BASE.split(from)).toHaveLength(2);
      expect(
        edits(
          await load(
            BASE.replace(from, () => to),
            null,
          ),
          world,
        ),
        to,
      ).toEqual([]);
    }
    const anchored = BASE.replace('args: [/data]', 'args: [&where /data]').replace('workdir: /data', 'workdir: *where');
    for (const name of ['where', 'place'])
      expect(edits(await load(anchored.replaceAll(/(?<=[&*])where/g, name), null), world)).toEqual([]);
  });

  it.each(ROWS)('%s: %s → %s', async (field, from, to, expected, environment) => {
    const pieces = BASE.split(from);
    expect(pieces.length, `\`${from}\` stands in the file`).toBeGreaterThan(1);
    // The toolbox's name is also what grants call it.
    const edited = field === 'toolbox' ? BASE.replaceAll(from, to) : BASE.replace(from, () => to);
    const found = edits(await load(edited, environment ?? null), await worldOf(environment ?? null));
    expect(found).toEqual(expected);
  });
});
