/**
 * `npm run quickstart`: the main job end to end on a copy of examples/quickstart. Each `toolcrib` command is printed as
 * you would type it, then run by the built program; each expectation is checked, and the first that fails ends the
 * story with exit code 1. Leaves nothing on the engine, whatever happens.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { containers, engine, remains } from './engine-api.mjs';
import { outsideProof, insideProof } from './hardening.mjs';
import { prepare, root } from './prepare.mjs';

const began = Date.now();
const program = path.join(root, 'dist/toolcrib.cjs');
const PROJECT = 'quickstart';
const AGENT = 'triage-bot';
let folder = null;
let steps = 0;

const indent = (text) => text.trimEnd().replace(/^(?=.)/gm, '    ');
const tell = (text) => console.log(text);

/** A new part of the story. */
function step(title) {
  steps += 1;
  tell(`\n${steps}. ${title}\n`);
}

/** Says what was expected, and stops everything if it is not so. */
function expect(claim, holds, found) {
  if (!holds)
    throw new Error(
      `expected: ${claim}${found === undefined ? '' : `\n   found: ${typeof found === 'string' ? found : JSON.stringify(found, null, 2)}`}`,
    );
  tell(`    ok: ${claim}`);
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * Runs one command of the built program in the copy, and prints it with its output.
 * @param code the exit code that is expected. @param read returns stdout instead of printing it: for JSON, and for a
 * token. @param brief leaves out the fields of each resource, because the plan before has just shown them.
 */
function toolcrib(args, { code = 0, read = false, brief = false } = {}) {
  tell(`  $ toolcrib ${args.join(' ')}`);
  // Both streams into one file keep their order, as on a terminal.
  const log = path.join(folder, '.output');
  const file = openSync(log, 'a');
  const env = { ...process.env, NO_COLOR: '1' };
  const stdio = ['ignore', read ? 'pipe' : file, file];
  const ran = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    stdio,
    env,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  closeSync(file);
  const said = readFileSync(log, 'utf8').split('\n');
  rmSync(log);
  const shown = said.filter((line) => !(brief && ran.status === code && /^ {6}/.test(line))).join('\n');
  if (shown.trim()) tell(indent(shown));
  if (ran.status !== code)
    throw new Error(`toolcrib ${args[0]} ended with ${ran.status ?? ran.signal}, not ${code}\n${ran.stdout ?? ''}`);
  return ran.stdout;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function anyPort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The example in a folder of its own; on another port where 7411 is taken. */
async function copyExample() {
  folder = mkdtempSync(path.join(os.tmpdir(), 'toolcrib-quickstart-'));
  cpSync(path.join(root, 'examples/quickstart'), folder, { recursive: true });
  tell(`  $ cp -r examples/quickstart ${folder} && cd ${folder}`);
  let port = 7411;
  if (!(await isFree(port))) {
    port = await anyPort();
    const file = path.join(folder, 'toolbox.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('127.0.0.1:7411', `127.0.0.1:${port}`));
    tell(`  (port 7411 is in use here, so this copy's proxy listens on ${port})`);
  }
  tell(`\n${indent(readFileSync(path.join(folder, 'toolbox.yaml'), 'utf8'))}`);
  return `http://127.0.0.1:${port}/mcp`;
}

/** An MCP client made of the official SDK, as any agent has one. */
async function connect(endpoint, token) {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const client = new Client({ name: 'quickstart', version: '1.0.0' });
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers } }));
  return client;
}

async function useAsAgent(endpoint, token) {
  step(`${AGENT} connects with its token, by the official MCP SDK, and sees what it was granted`);
  const stranger = await connect(endpoint, null).then(
    () => 'connected',
    (error) => error.message,
  );
  expect('without a token nobody gets in', stranger !== 'connected', stranger);
  const client = await connect(endpoint, token);
  const granted = ['everything__echo', 'everything__get-sum', 'files__list_directory', 'files__read_text_file'];
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name).sort();
  expect(`tools/list shows exactly ${granted.join(', ')}`, same(names, granted), names);

  step('It calls what it may');
  const call = (name, args) => client.callTool({ name, arguments: args });
  const read = await call('files__read_text_file', { path: '/data/public/welcome.txt' });
  expect(
    'files__read_text_file /data/public/welcome.txt answers with the file',
    read.content?.[0]?.text?.includes('signed for'),
    read,
  );
  const sum = await call('everything__get-sum', { a: 19, b: 23 });
  expect('everything__get-sum of 19 and 23 answers with 42', sum.content?.[0]?.text?.includes('42'), sum);

  step('It is refused what it may not');
  const outside = await call('files__write_file', { path: '/data/public/welcome.txt', content: 'x' }).then(
    (result) => ({ result }),
    ({ code, message }) => ({ code, message }),
  );
  expect(
    'files__write_file, a tool of the server outside its grant: as if it did not exist (-32602)',
    outside.code === -32602,
    outside,
  );
  const secret = await call('files__read_text_file', { path: '/data/private/salaries.txt' });
  const refusal = secret._meta?.['io.toolcrib/refusal'];
  expect(
    'files__read_text_file /data/private/salaries.txt, against the argument rule: refused with a reason',
    secret.isError === true && Boolean(refusal),
    secret,
  );
  tell(indent(`${secret.content?.[0]?.text ?? ''}\n_meta["io.toolcrib/refusal"]: ${JSON.stringify(refusal)}`));
  const spelled = await call('files__read_text_file', { path: '/data/public/../private/salaries.txt' });
  expect(
    'the same by way of /data/public/../private: refused too',
    spelled.isError === true && !JSON.stringify(spelled).includes('Nobody'),
    spelled,
  );
  await client.close();
}

function readAudit() {
  step('The audit holds a line for each of those calls');
  toolcrib(['audit', '--agent', AGENT]);
  const lines = toolcrib(['audit', '--json'], { read: true })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const decided = lines
    .filter((line) => line.type === 'decision' && line.agent === AGENT && line.method === 'tools/call')
    .map(({ tool, decision, reason }) => ({ tool, decision, reason }));
  const has = (tool, decision) =>
    decided.some((line) => String(line.tool).endsWith(tool) && line.decision === decision);
  expect(
    'read_text_file: allowed once, refused twice',
    has('read_text_file', 'allow') &&
      decided.filter((line) => line.tool === 'read_text_file' && line.decision === 'deny').length === 2,
    decided,
  );
  expect('get-sum: allowed', has('get-sum', 'allow'), decided);
  expect('write_file: refused', has('write_file', 'deny') && !has('write_file', 'allow'), decided);
  expect(
    'somebody without a token: refused',
    lines.some((line) => line.decision === 'deny' && line.agent === null),
    lines,
  );
  expect('no argument stands in it in clear', !lines.some((line) => JSON.stringify(line).includes('salaries')));
}

async function proveHardening() {
  step('Every server is a hardened container: as the engine says, and as it looks from inside');
  for (const [address, container] of Object.entries(await containers(PROJECT))) {
    if (!address.startsWith('server.')) continue;
    tell(`  ${address} (${container.Name.slice(1)})`);
    for (const { claim, holds, found } of outsideProof(container)) expect(claim, holds, found);
    for (const { claim, holds, found } of await insideProof(container)) expect(claim, holds, found);
  }
  const { proxy, bridge } = await containers(PROJECT);
  const mountsSocket = (container) => container.Mounts.some((mount) => mount.Source.endsWith('.sock'));
  tell('  proxy and bridge');
  expect("the proxy has no access to the engine's socket", !mountsSocket(proxy), proxy.Mounts);
  expect(
    'the bridge has it, and no network',
    mountsSocket(bridge) && bridge.HostConfig.NetworkMode === 'none',
    bridge.HostConfig.NetworkMode,
  );
}

async function tamper() {
  step('Somebody changes a container behind our back');
  const { 'server.files': files } = await containers(PROJECT);
  tell(`  $ docker update --pids-limit 4096 ${files.Name.slice(1)}`);
  await engine('POST', `/containers/${files.Id}/update`, { PidsLimit: 4096 });

  step('plan finds exactly that');
  toolcrib(['plan', '--detailed-exitcode'], { code: 2 });
  const plan = JSON.parse(toolcrib(['plan', '--json'], { read: true }));
  const drift = plan.resource_drift.map(({ address, change }) => ({
    address,
    before: change.before,
    after: change.after,
  }));
  const [only] = drift;
  const changed = Object.keys({ ...only?.before, ...only?.after }).filter(
    (field) => !same(only.before?.[field], only.after?.[field]),
  );
  expect('one resource has drifted: server.files', drift.length === 1 && only.address === 'server.files', drift);
  expect(
    'in one field: pids, between 64 and 4096',
    same(changed, ['pids']) && [only.before.pids, only.after.pids].sort().join() === '4096,64',
    drift,
  );
  expect('nobody gains or loses access', plan.access_changes.length === 0, plan.access_changes);

  step('apply mends it, and then there is nothing to do');
  toolcrib(['apply', '--auto-approve']);
  toolcrib(['plan', '--detailed-exitcode']);
  const { 'server.files': mended } = await containers(PROJECT);
  expect('the limit is back at 64', mended.HostConfig.PidsLimit === 64, mended.HostConfig.PidsLimit);
  expect('in place: it is the same container', mended.Id === files.Id);
}

async function story() {
  step('A project in a folder: two MCP servers, one agent, and what it may use');
  const endpoint = await copyExample();

  step('Is the declaration sound?');
  toolcrib(['validate']);

  step(
    "Pin the servers, start each one sealed off, and record what it offers. In git, this file's review is the approval",
  );
  toolcrib(['lock']);
  tell(indent(readFileSync(path.join(folder, 'toolbox.lock.yaml'), 'utf8').split('\n').slice(0, 12).join('\n')));

  step('What would change on the engine, and who would gain what?');
  toolcrib(['plan', '--detailed-exitcode'], { code: 2 });

  step(`A token for ${AGENT}: shown once, its hash goes to git`);
  const token = toolcrib(['token', 'issue', AGENT], { read: true }).trim();
  tell(indent('tcb_… (on stdout, this once)'));
  expect(
    'it has the form that secret scanners know',
    /^tcb_[a-z0-9]{10}_[A-Za-z0-9-]{43}_[A-Za-z0-9]{6}$/.test(token),
    token.replace(/\w/g, 'x'),
  );

  step('Make it so');
  toolcrib(['apply', '--auto-approve'], { brief: true });
  toolcrib(['status']);
  const status = JSON.parse(toolcrib(['status', '--json'], { read: true }));
  expect(
    'both servers run',
    same(status.servers.map(({ address, state }) => `${address} ${state}`).sort(), [
      'server.everything running',
      'server.files running',
    ]),
    status.servers,
  );

  await useAsAgent(endpoint, token);
  readAudit();
  await proveHardening();
  await tamper();

  step('Take it all away');
  toolcrib(['destroy', '--auto-approve', '--volumes'], { brief: true });
  const left = await remains(PROJECT);
  expect('nothing of it is left on the engine', left.length === 0, left);
}

/** Also after a failure, and after an earlier run that was killed. */
async function clean() {
  const left = await remains(PROJECT);
  if (left.length === 0) return;
  const named = left.filter((each) => !each.includes('<none>'));
  tell(`\nRemoving what is left of the project ${PROJECT} on the engine:\n${indent(named.join('\n'))}`);
  const args = [program, 'destroy', '--auto-approve', '--volumes'];
  const cwd = path.join(root, 'examples/quickstart');
  const ran = spawnSync(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (ran.status !== 0) console.error(`toolcrib destroy ended with ${ran.status}:\n${ran.stderr}`);
}

let failure = null;
try {
  prepare();
  await clean();
  await story();
} catch (error) {
  failure = error;
}
const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
if (failure) console.error(`\nquickstart failed at step ${steps}: ${failure.message}`);
if (process.env.DOCKER_HOST) await clean().catch((error) => console.error(error.message));
if (folder) rmSync(folder, { recursive: true, force: true });
tell(failure ? `\nfailed after ${seconds()} s` : `\nAll of it held. Total time: ${seconds()} s`);
process.exit(failure ? 1 : 0);
