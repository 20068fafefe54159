/**
 * A server that somebody started with `docker run`, with data in a volume of theirs: adopted, locked, applied and called,
 * with the data where it was; the old container, the volume and everything else of theirs as they were.
 */
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine } from '../../src/docker/connect.js';
import { did } from '../support/by-hand.js';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import { nodeImage } from '../support/docker-image.js';
import { containersOf, engineApi, HOST, remains } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const IMAGE = 'adopt-test/notes:1';
const OLD = 'Adopt_Test.notes';
const VOLUME = 'adopt-test-data';
const CANARY = 'canary-5cd1f0a9';
const SERVER = `
const fs = require('node:fs');
const said = { initialize: (p) => ({ protocolVersion: p.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'n', version: '1' } }),
  'tools/list': () => ({ tools: [{ name: 'read', inputSchema: { type: 'object', properties: {} } }, { name: 'write', inputSchema: { type: 'object', properties: { text: { type: 'string' } } } }] }),
  'tools/call': ({ name, arguments: a }) => {
    if (name === 'write') fs.writeFileSync('/notes/new.txt', a.text);
    const read = (f) => { try { return fs.readFileSync(f, 'utf8'); } catch (e) { return e.code; } };
    return { content: [{ type: 'text', text: JSON.stringify({ old: read('/notes/old.txt'), new: read('/notes/new.txt'), doc: read('/docs/a.txt'), uid: process.getuid(), args: process.argv.slice(2), mode: process.env.MODE, key: process.env.API_KEY }) }] };
  } };
let rest = '';
process.stdin.on('data', (c) => { rest += c; const lines = rest.split('\\n'); rest = lines.pop();
  for (const line of lines) { const m = JSON.parse(line); if (m.id === undefined) continue;
    process.stdout.write(JSON.stringify(said[m.method] ? { jsonrpc: '2.0', id: m.id, result: said[m.method](m.params || {}) } : { jsonrpc: '2.0', id: m.id, error: { code: -32601, message: 'no' } }) + '\\n'); } });
process.stdin.on('end', () => process.exit(0));
`;

let home: Project;
let old = '';
let before: unknown;
const SECRET = { TOOLCRIB_VAR_notes_api_key: CANARY };
const run = async (args: string[], code = 0): Promise<string> =>
  (await expectToolcrib(home.dir, args, code, SECRET)).stdout;
/** An engine gives mounts in any order. */
const inspectOld = async (): Promise<unknown> => {
  const found = JSON.parse((await engineApi('GET', `/containers/${old}/json`)).body) as { Mounts: unknown[] };
  return { ...found, Mounts: found.Mounts.map((mount) => JSON.stringify(mount)).sort() };
};
const volume = async (): Promise<string> => (await engineApi('GET', `/volumes/${VOLUME}`)).body;

beforeAll(async () => {
  home = await project('adopting', '# kept\nservers: {}\nagents:\n  bot: {authenticate: [{token: {}}]} # kept too\n');
  await mkdir(join(home.dir, 'docs'));
  await writeFile(join(home.dir, 'docs/a.txt'), 'a document');
  const engine = await connectEngine({ env: process.env });
  await nodeImage(engine, IMAGE, {
    files: { '/server.js': SERVER },
    dockerfile: ['ENTRYPOINT ["node", "/server.js"]', 'ENV MODE=image'],
  });
  await did('POST', '/volumes/create', { Name: VOLUME });
  const { Id } = JSON.parse(
    await did('POST', `/containers/create?name=${OLD}`, {
      Image: IMAGE,
      Cmd: ['--verbose'],
      Env: ['MODE=mine', `API_KEY=${CANARY}`],
      User: '65532:65532',
      OpenStdin: true,
      ExposedPorts: { '9/tcp': {} },
      HostConfig: {
        Privileged: true,
        CapAdd: ['NET_ADMIN'],
        NetworkMode: 'host',
        Memory: 96 * 1024 * 1024,
        NanoCpus: 500_000_000,
        RestartPolicy: { Name: 'on-failure' },
        Binds: [`${VOLUME}:/notes`, `${VOLUME}:/again:ro`, `${join(home.dir, 'docs')}:/docs:ro`, '/var/run:/host-run'],
      },
    }),
  ) as { Id: string };
  old = Id;
  await engine.writeArchive(old, '/notes', [
    { path: 'old.txt', content: Buffer.from('written long ago'), uid: 65532, gid: 65532 },
  ]);
  // A volume that a person made for a server of theirs: its user owns it.
  const seed = { path: 'notes/', content: Buffer.alloc(0), mode: 0o777, uid: 65532, gid: 65532 };
  await engine.writeArchive(old, '/', [seed]);
  await did('POST', `/containers/${old}/start`);
});
afterAll(async () => {
  await toolcrib(home.dir, ['destroy', '--auto-approve', '--volumes'], SECRET);
  await engineApi('DELETE', `/containers/${OLD}?force=1`);
  await home.end();
  await engineApi('DELETE', `/volumes/${VOLUME}`);
  await engineApi('DELETE', `/images/${IMAGE}`);
  expect(await remains('adopting')).toEqual([]);
});

describe('adopt', () => {
  it('refuses what it cannot do, and writes nothing', async () => {
    const untouched = await readFile(join(home.dir, 'toolbox.yaml'), 'utf8');
    const refused = async (...args: string[]): Promise<string> =>
      (await expectToolcrib(home.dir, ['adopt', ...args], 1)).stderr;
    expect(await refused('Adopt_Test.note')).toContain('Did you mean `Adopt_Test.notes`?');
    expect(await refused(OLD, '--name', 'No_Name')).toContain('Choose one with `--name NAME`');
    expect(await refused(OLD, '--http', 'x')).toContain('--http 8080/mcp');
    const printed = await run(['adopt', OLD, '--print', '--name', 'other']);
    expect(printed).toContain('Nothing was written');
    expect(await readFile(join(home.dir, 'toolbox.yaml'), 'utf8')).toBe(untouched);
  });

  it('writes nothing over what somebody saved meanwhile', async () => {
    const file = join(home.dir, 'toolbox.yaml');
    const untouched = await readFile(file, 'utf8');
    let saved = '';
    const engine = await countingEngine(join(home.dir, 'engine.sock'), process.env.DOCKER_HOST ?? '', ({ path }) => {
      if (saved !== '' || !path.startsWith(`/volumes/${VOLUME}`)) return;
      saved = '# saved meanwhile\n';
      appendFileSync(file, saved);
    });
    try {
      const ran = await toolcrib(home.dir, ['adopt', OLD, '--name', 'notes'], { DOCKER_HOST: engine.host });
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('toolbox.yaml was changed meanwhile')]);
      expect(saved).not.toBe('');
      expect(await readFile(file, 'utf8')).toBe(untouched + saved);
    } finally {
      await engine.close();
      await writeFile(file, untouched);
    }
  });

  it('writes the declaration, keeps what stood in the file, and says what will be otherwise', async () => {
    before = await inspectOld();
    const said = await run(['adopt', OLD, '--name', 'notes']);
    const file = await readFile(join(home.dir, 'toolbox.yaml'), 'utf8');
    expect(file).toContain('# kept\n');
    expect(file).toContain('# kept too\n');
    expect(file + said).not.toContain(CANARY);
    expect(file).toContain(`  notes:
    image: ${IMAGE}
    args: [--verbose]
    env: {MODE: mine, API_KEY: "\${notes-api-key}"}
    user: 65532:65532
    mounts:
      - {volume: ${VOLUME}, target: /again, readonly: true}
      - {source: ./docs, target: /docs, readonly: true}
      - {volume: ${VOLUME}, target: /notes}
    resources: {memory: 96Mi, cpus: 0.5}
    restart: on-failure
`);
    for (const line of [
      '/host-run (/var/run) is left out',
      'API_KEY looks like a credential',
      'privileged: true → false',
      'caps: [NET_ADMIN] → (none)',
      'networks: [host] → (none)',
      'readonly_root: false → true',
      'pids: no limit → 128',
      'export TOOLCRIB_VAR_notes_api_key=…',
      `docker stop ${OLD}`,
      `would both write to ${VOLUME}`,
    ])
      expect(said).toContain(line);
    expect(await inspectOld()).toEqual(before);
    const again = await toolcrib(home.dir, ['adopt', OLD, '--name', 'notes'], SECRET);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('A server `notes` is declared already.')]);
  });

  it('is locked, planned and applied with the data where it was', async () => {
    await run(['fmt', '--check'], 0).catch(() => run(['fmt']));
    await run(['lock']);
    const grants = 'bot: {authenticate: [{token: {}}], grants: [{server: notes, tools: "*"}]}';
    const file = join(home.dir, 'toolbox.yaml');
    const text = (await readFile(file, 'utf8')).replace(/bot:\s*\{authenticate: \[\{token: \{\}\}\]\}/, grants);
    await writeFile(file, text);
    expect(text).toContain(grants);
    const plan = await run(['plan']);
    expect(plan).toContain(`server notes gains mount /notes: volume ${VOLUME} (writable)`);
    expect(plan).not.toMatch(/volume\.adopt-test-data\s+create/);
    const token = (await expectToolcrib(home.dir, ['token', 'issue', 'bot'], 0, SECRET)).stdout.trim();
    await did('POST', `/containers/${old}/stop?t=1`);
    await run(['apply', '--auto-approve']);
    expect(await call(token, 'write', { text: 'added' })).toMatchObject({
      old: 'written long ago',
      new: 'added',
      doc: 'a document',
      uid: 65532,
      args: ['--verbose'],
      mode: 'mine',
      key: CANARY,
    });
    expect(await run(['plan', '--detailed-exitcode'])).toContain('No changes');
  });

  it('is this project’s now, and cannot be adopted again', async () => {
    const ran = await toolcrib(home.dir, ['adopt', 'toolcrib.adopting.server.notes.g1', '--name', 'x'], SECRET);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('is server.notes of this project already')]);
  });
});

describe('an external volume', () => {
  it('outlives destroy --volumes, unchanged', async () => {
    const was = await volume();
    const said = await run(['destroy', '--auto-approve', '--volumes']);
    expect(said + (await run(['plan', '--destroy']))).toContain(`kept, because ${VOLUME} is not this project’s`);
    expect(await volume()).toBe(was);
    expect(JSON.parse(was)).toMatchObject({ Name: VOLUME, Labels: null });
  });

  it(
    'that is removed while apply runs is noticed: no server starts on an empty one',
    { timeout: 300_000 },
    async () => {
      await engineApi('DELETE', `/containers/${OLD}?force=1`);
      const socket = join(home.dir, 'engine.sock');
      const removedBefore = async (what: RegExp): Promise<string> => {
        let told = false;
        const engine = await countingEngine(socket, HOST, undefined, async ({ method, path }) => {
          if (told || method === 'GET' || !what.test(path)) return;
          told = true;
          await did('DELETE', `/volumes/${VOLUME}`);
        });
        const env = { ...SECRET, DOCKER_HOST: engine.host, TOOLCRIB_ENGINE_SOCKET: HOST.replace('unix://', '') };
        const ran = await toolcrib(home.dir, ['apply', '--auto-approve'], env);
        await engine.close();
        expect([told, ran.code]).toEqual([true, 6]);
        expect(JSON.stringify(await containersOf('adopting'))).not.toContain('server.notes');
        return ran.stdout + ran.stderr;
      };
      // Long before its container is made, and between the last look and that.
      expect(await removedBefore(/^\/containers\/create\?name=[^&]*control/)).toContain(
        `The engine has no volume ${VOLUME} any more`,
      );
      await did('POST', '/volumes/create', { Name: VOLUME });
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // the engine tells seconds
      expect(await removedBefore(/^\/containers\/create\?name=[^&]*server\.notes/)).toContain('made an empty one');
    },
  );

  it('that is gone is an error of plan and apply, and nobody makes it', async () => {
    await did('DELETE', `/volumes/${VOLUME}`);
    for (const args of [['plan'], ['apply', '--auto-approve']]) {
      const ran = await expectToolcrib(home.dir, args, 1, SECRET);
      expect(ran.stderr).toMatch(/Volume does not exist/);
      expect(ran.stderr).toContain(`docker volume create ${VOLUME}`);
      expect(ran.stderr).toMatch(/toolbox\.yaml:\d+:\d+/);
    }
    expect((await engineApi('GET', `/volumes/${VOLUME}`)).status).toBe(404);
  });
});

async function call(token: string, name: string, args: Record<string, unknown>): Promise<unknown> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    Authorization: `Bearer ${token}`,
  };
  const post = async (body: unknown): Promise<Response> =>
    fetch(`http://127.0.0.1:${home.port}/server/notes/mcp`, { method: 'POST', headers, body: JSON.stringify(body) });
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
  const opened = await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  headers['Mcp-Session-Id'] = opened.headers.get('mcp-session-id') ?? '';
  headers['MCP-Protocol-Version'] = '2025-06-18';
  await opened.text();
  const answer = await post({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name, arguments: args } });
  const text = await answer.text();
  const data = text.startsWith('{') ? text : (/^data: (\{.*"id":2.*)$/m.exec(text)?.[1] ?? text);
  const { result } = JSON.parse(data) as { result: { content: { text: string }[] } };
  return JSON.parse(result.content[0]?.text ?? 'null');
}
