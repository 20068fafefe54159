/** Valid projects → Config: defaults, merging, places. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NAME_PATTERN } from '../../src/model/address.js';
import { toolboxTemplate } from '../../src/config/template.js';
import { folder, HEAD, ID, load, valid } from './support.js';

describe('loadConfig', () => {
  it('fills in the defaults', async () => {
    const dir = await folder({ 'toolbox.yaml': `${HEAD}servers: {files: {image: x}}\n` });
    const { locate, ...config } = await valid(dir);
    expect(locate({ file: 'toolbox.yaml', path: ['servers', 'files'] }, 'key')).toEqual({
      file: 'toolbox.yaml',
      start: { line: 5, column: 11 },
      end: { line: 5, column: 16 },
    });
    expect(config).toEqual({
      project: {
        name: 'acme',
        id: ID,
        environment: null,
        previously: [],
        environments: [],
        elsewhere: [],
        engine: { context: null, host: null },
        requiredVersion: null,
        proxy: {
          host: '127.0.0.1',
          port: 7411,
          publicUrl: null,
          allowedHosts: [],
          allowedOrigins: [],
          admin: null,
          tls: null,
          insecure: false,
          memory: 268435456,
        },
        runtimes: { node: { type: 'image', reference: 'node:22-slim' }, python: null },
        logLevel: 'info',
        telemetry: null,
        audit: { durability: 'process' },
        mountRoots: [],
        networkPool: '10.89.0.0/16',
        engineSocket: null,
        at: { file: 'toolbox.yaml', path: ['project'] },
      },
      toolboxes: ['main'],
      servers: [
        {
          name: 'files',
          toolbox: 'main',
          prefix: 'files',
          source: { type: 'image', declared: 'x' },
          transport: { type: 'stdio' },
          instances: 'shared',
          replicas: 1,
          command: null,
          args: [],
          env: {},
          user: null,
          workdir: null,
          healthcheck: null,
          mounts: [],
          resources: { memory: 268435456, nanoCpus: 1e9, pids: 128 },
          replace: null,
          restart: 'always',
          preventDestroy: false,
          at: { file: 'toolbox.yaml', path: ['servers', 'files'] },
        },
      ],
      volumes: [],
      agents: [],
      moved: [],
      root: dir,
      files: ['toolbox.yaml'],
    });
  });

  it('takes everything that may be said', async () => {
    const text = `${HEAD.replace('}', ', proxy: {listen: "[::1]:99", public_url: "https://x.example/", allowed_hosts: [x.example], allowed_origins: ["https://y.example"]}, runtimes: {node: {host: true}}, engine: {socket: /e.sock}, required_version: ">=1", network_pool: 10.0.0.0/8}')}
volumes: {v: {prevent_destroy: true}}
servers:
  a:
    npm: "@s/p@^1.2"
    alias: b
    command: [node]
    args: [x]
    env: {A: 1.10, B: true, C: text, D: "1"}
    user: 1000
    workdir: /w/
    healthcheck: {test: [CMD, /check], interval: 1m30s, timeout: 500ms, retries: 5, start_period: 1h}
    mounts: [{volume: v, target: /v, readonly: true}]
    resources: {memory: 1.5Gi, cpus: 0.5, pids: 10}
    replace: stop-first
    restart: on-failure
    prevent_destroy: true
    allow_scripts: ["@s/q"]
agents:
  r:
    authenticate: [{token: {}}]
    grants:
      - {server: a, tools: [x, "y_*"], arguments: {y_1: {properties: {p: {within: /v}}}}, set: {owner: acme}, expires: 2027-06-30}
      - {toolbox: main, tools: "*", expires: "2027-06-30T12:00:00+02:00"}
`;
    const { project, servers, agents, volumes } = await valid(await folder({ 'toolbox.yaml': text }));
    expect(project).toMatchObject({
      requiredVersion: '>=1',
      proxy: {
        host: '::1',
        port: 99,
        publicUrl: 'https://x.example',
        allowedHosts: ['x.example'],
        allowedOrigins: ['https://y.example'],
      },
      runtimes: { node: { type: 'host', reference: null } },
      engineSocket: '/e.sock',
      networkPool: '10.0.0.0/8',
    });
    expect(volumes.map(({ name, preventDestroy }) => [name, preventDestroy])).toEqual([['v', true]]);
    expect(servers[0]).toMatchObject({
      prefix: 'b',
      restart: 'on-failure',
      preventDestroy: true,
      source: { type: 'npm', package: '@s/p', range: '^1.2', declared: '@s/p@^1.2', allowScripts: ['@s/q'] },
      command: ['node'],
      env: { A: '1.10', B: 'true', C: 'text', D: '1' },
      user: '1000',
      workdir: '/w',
      healthcheck: { test: ['CMD', '/check'], interval: 90e9, timeout: 5e8, retries: 5, startPeriod: 3600e9 },
      mounts: [{ type: 'volume', source: 'v', target: '/v', readonly: true }],
      resources: { memory: 1.5 * 2 ** 30, nanoCpus: 5e8, pids: 10 },
      replace: 'stop-first',
    });
    expect(agents[0]?.grants).toMatchObject([
      {
        rule: 'agents.r.grants[0]',
        target: { type: 'server', name: 'a' },
        tools: ['x', 'y_*'],
        set: { owner: 'acme' },
        expires: '2027-06-30T23:59:59.999Z',
      },
      {
        rule: 'agents.r.grants[1]',
        target: { type: 'toolbox', name: 'main' },
        tools: ['*'],
        arguments: {},
        set: {},
        expires: '2027-06-30T10:00:00.000Z',
      },
    ]);
  });

  it.each([
    ['x', 'x', ''],
    ['x@1.2.3', 'x', '1.2.3'],
    ['@a/b@1.2.3-rc.1', '@a/b', '1.2.3-rc.1'],
    ['x@>=1 <2', 'x', '>=1 <2'],
  ])('reads the package %s', async (declared, name, range) => {
    const { servers } = await valid(await folder({ 'toolbox.yaml': `${HEAD}servers: {a: {npm: "${declared}"}}\n` }));
    expect(servers[0]?.source).toMatchObject({ package: name, range });
  });

  it.each([
    ['512M', 512e6],
    ['256Mi', 2 ** 28],
    ['1GiB', 2 ** 30],
    ['8000k', 8e6],
    ['16777216', 2 ** 24],
  ])('reads the size %s', async (size, memory) => {
    const { servers } = await valid(
      await folder({ 'toolbox.yaml': `${HEAD}servers: {a: {image: x, resources: {memory: ${size}}}}\n` }),
    );
    expect(servers[0]?.resources.memory).toBe(memory);
  });

  it('merges files: an agent may be granted another file’s server', async () => {
    const dir = await folder({
      'toolbox.yaml': `${HEAD}agents: {r: {authenticate: [{token: {}}], grants: [{server: b, tools: [x]}, {toolbox: other, tools: [x]}]}}\n`,
      'z.toolbox.yaml': 'version: 1\ntoolbox: last\nservers: {c: {image: x}}\n',
      'b.toolbox.yaml': 'version: 1\ntoolbox: other\nservers: {b: {image: x}}\n',
      'unrelated.yaml': 'not: ours\n',
    });
    const config = await valid(dir);
    expect(config.files).toEqual(['toolbox.yaml', 'b.toolbox.yaml', 'z.toolbox.yaml']);
    expect(config.servers.map(({ name, toolbox }) => [name, toolbox])).toEqual([
      ['b', 'other'],
      ['c', 'last'],
    ]);
    expect(config.locate({ file: 'b.toolbox.yaml', path: ['servers', 'b', 'mounts', 3] })?.start).toEqual({
      line: 3,
      column: 11,
    });
  });

  it('takes the root from the file with the project, and each file once', async () => {
    const dir = await folder({ 'a/x.toolbox.yaml': 'version: 1\ntoolbox: x\n', 'b/toolbox.yaml': HEAD });
    const config = await valid(dir, { files: ['a', 'b/toolbox.yaml', './b'] });
    expect([config.root, config.files]).toEqual([join(dir, 'b'), ['a/x.toolbox.yaml', 'b/toolbox.yaml']]);
  });

  it('aliases and empty sections are fine', async () => {
    const dir = await folder({
      'toolbox.yaml': `${HEAD}servers:\n  a: {image: x, env: &e {A: b}}\n  c: {image: x, env: *e}\nagents:\nvariables:\n`,
    });
    const config = await valid(dir);
    expect(config.servers.map(({ env }) => env)).toEqual([{ A: 'b' }, { A: 'b' }]);
    expect(config.locate({ file: 'toolbox.yaml', path: ['servers', 'c', 'env', 'A'] })?.start).toEqual({
      line: 6,
      column: 29,
    });
  });
});

describe('what comes with the package', () => {
  it('init’s template validates as it is', async () => {
    const dir = await folder({
      'toolbox.yaml': toolboxTemplate({ name: 'my-tools', id: ID, toolbox: 'my-tools' }),
      'docs/a.md': '',
    });
    const config = await valid(dir);
    expect(config.project.runtimes.node.type).toBe('host');
    expect(config.servers.every(({ name }) => NAME_PATTERN.test(name))).toBe(true);
  });
  it('every example validates', async () => {
    const examples = fileURLToPath(new URL('../../examples', import.meta.url));
    const names = (await readdir(examples, { withFileTypes: true }))
      .filter((each) => each.isDirectory())
      .map(({ name }) => name);
    for (const name of names) {
      const { diagnostics } = await load(join(examples, name));
      expect(diagnostics, name).toEqual([]);
    }
  });
  it('the schema is what editors need: every key described', async () => {
    const schema: unknown = JSON.parse(
      await readFile(fileURLToPath(new URL('../../schemas/toolbox.schema.json', import.meta.url)), 'utf8'),
    );
    expect(undescribed(schema, '#')).toEqual([]);
  });
});

function undescribed(schema: unknown, at: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = Object.entries(
    (schema as { properties?: Record<string, { $ref?: string; description?: string }> }).properties ?? {},
  );
  const missing = own
    .filter(([, each]) => typeof each === 'object' && !each.$ref && !each.description)
    .map(([key]) => `${at}/${key}`);
  return [...missing, ...Object.entries(schema).flatMap(([key, each]) => undescribed(each, `${at}/${key}`))];
}
