/** `project.environments`: what the chosen one changes, and what is wrong with one at its place. */
import { describe, expect, it } from 'vitest';
import type { LoadOptions } from '../../src/config/load.js';
import { folder, ID, load, only, place, valid } from './support.js';

const text = (environments: string, rest = ''): string => `version: 1
toolbox: main
variables: {docs: {default: ./docs}, level: {default: info}}
project:
  name: acme
  id: ${ID}
  proxy: {listen: "127.0.0.1:7411", allowed_hosts: [a.example]}
  engine: {socket: /own.sock}
  environments:
${environments}
servers: {files: {image: x, env: {LEVEL: "\${level}", DOCS: "\${docs}"}}}
${rest}`;

const PROD = `    dev: {}
    prod:
      name: acme-prod
      engine: {context: prod, socket: /prod.sock}
      variables: {docs: /srv/docs, level: 3}
      proxy: {listen: "127.0.0.1:7500"}`;

async function chosen(environment: string | null, options: Partial<LoadOptions> = {}) {
  const dir = await folder({ 'toolbox.yaml': text(PROD) });
  const { project, servers } = await valid(dir, { environment, ...options });
  return { project, env: servers[0]?.env };
}

describe('an environment', () => {
  it('changes what it says and nothing else', async () => {
    const { project, env } = await chosen('prod');
    expect(project).toMatchObject({
      name: 'acme-prod',
      id: ID,
      environment: 'prod',
      engine: { context: 'prod', host: null },
      engineSocket: '/prod.sock',
      proxy: { host: '127.0.0.1', port: 7500, allowedHosts: ['a.example'] },
    });
    expect(env).toEqual({ DOCS: '/srv/docs', LEVEL: '3' });
  });
  it.each([[null], ['dev']])('%s: the project as it is declared', async (environment) => {
    const { project, env } = await chosen(environment);
    expect(project).toMatchObject({
      name: 'acme',
      environment,
      engine: { context: null, host: null },
      engineSocket: '/own.sock',
      proxy: { port: 7411 },
    });
    expect(env).toEqual({ DOCS: './docs', LEVEL: 'info' });
  });
  it('gives way to --var, variable files and the shell', async () => {
    const dir = await folder({ 'toolbox.yaml': text(PROD), 'more.yaml': 'docs: /file\n' });
    const values = async (options: Partial<LoadOptions>) =>
      (await valid(dir, { environment: 'prod', ...options })).servers[0]?.env;
    expect(await values({ variables: { docs: '/option' } })).toEqual({ DOCS: '/option', LEVEL: '3' });
    expect(await values({ variableFiles: ['more.yaml'] })).toEqual({ DOCS: '/file', LEVEL: '3' });
    expect(await values({ env: { TOOLCRIB_VAR_level: 'shell' } })).toEqual({ DOCS: '/srv/docs', LEVEL: 'shell' });
  });
  it('gives values to variables of every file, and makes good for a missing default', async () => {
    const dir = await folder({
      'toolbox.yaml': text('    prod: {variables: {size: 64Mi}}'),
      'b.toolbox.yaml': `version: 1\ntoolbox: b\nvariables: {size: }\nservers: {b: {image: b, resources: {memory: "\${size}"}}}\n`,
    });
    const { servers } = await valid(dir, { environment: 'prod' });
    expect(servers[1]?.resources.memory).toBe(64 * 1024 * 1024);
    expect((await load(dir)).diagnostics.map(place)).toEqual(['error undefined_variable b.toolbox.yaml:3:13']);
  });
  it('decides whether mounts can be looked at', async () => {
    const mounted = text('    prod: {engine: {host: "ssh://ops@prod"}}').replace(
      'image: x,',
      'image: x, mounts: [{source: ./none, target: /d}],',
    );
    const dir = await folder({ 'toolbox.yaml': mounted });
    const checkMounts: LoadOptions['checkMounts'] = ({ host }) => host === null;
    expect((await valid(dir, { environment: 'prod', checkMounts })).project.engine.host).toBe('ssh://ops@prod');
    expect((await load(dir, { checkMounts })).diagnostics.map(place)).toEqual([
      'error mount_source_missing toolbox.yaml:11:47',
    ]);
  });
});

describe('a bad environment', () => {
  it('is not declared', async () => {
    const found = await only(text(PROD), { environment: 'pord' });
    expect(found.place).toBe('error undefined_reference toolbox.yaml:9:3');
    expect([found.detail, found.fix]).toEqual([
      'The environment `pord` is not declared; declared are `dev`, `prod`.',
      'Did you mean `prod`?',
    ]);
  });
  it('is asked of a project that has none', async () => {
    const none = `version: 1\ntoolbox: main\nproject: {name: acme, id: ${ID}}\n`;
    const found = await only(none, { environment: 'constructor' });
    expect(found.place).toBe('error undefined_reference toolbox.yaml:3:1');
    expect(found.detail).toContain('has no environments');
  });

  const cases: [string, string, string, RegExp][] = [
    ['unknown key', '    a: {nmae: x}', 'unknown_key toolbox.yaml:10:9', /nmae/],
    ['bad name', '    a: {name: X}', 'invalid_name toolbox.yaml:10:15', /X/],
    ['bad key', '    A: {}', 'invalid_name toolbox.yaml:10:5', /A/],
    ['a list', '    a: []', 'wrong_type toolbox.yaml:10:8', /mapping/],
    ['two engines', '    a: {engine: {context: x, host: "unix:///x"}}', 'wrong_type toolbox.yaml:10:30', /not by both/],
    ['engine of no kind', '    a: {engine: {host: "x:1"}}', 'wrong_type toolbox.yaml:10:24', /x:1/],
    ['context with a path', '    a: {engine: {context: ../x}}', 'wrong_type toolbox.yaml:10:27', /\.\.\/x/],
    ['unknown variable', '    a: {variables: {dosc: x}}', 'undefined_variable toolbox.yaml:10:21', /dosc/],
    ['variable of a list', '    a: {variables: {docs: []}}', 'wrong_type toolbox.yaml:10:27', /text|number/],
    ['reference', '    a: {variables: {docs: "${level}/x"}}', 'undefined_variable toolbox.yaml:10:27', /as it is/],
    ['listen', '    a: {proxy: {listen: "localhost:1"}}', 'wrong_type toolbox.yaml:10:25', /not an IP/],
    ['admin', '    a: {proxy: {admin: "localhost:1"}}', 'wrong_type toolbox.yaml:10:24', /not an IP/],
    ['twice the same', '    a: {name: x}\n    b: {name: x}', 'duplicate_name toolbox.yaml:11:15', /`a` already/],
  ];
  it.each(cases)('%s, chosen or not', async (_name, environments, where, detail) => {
    for (const environment of [null, ...(environments.startsWith('    A') ? [] : ['a'])]) {
      const found = await only(text(environments), { environment });
      expect(found.place).toBe(`error ${where}`);
      expect(found.detail).toMatch(detail);
    }
  });
});
