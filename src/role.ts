/** Entry point of Toolcrib's own containers: `node role.js proxy|bridge|hold|ask|rehearse`. Each role loads only its own code. */
import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import manifest from '../package.json' with { type: 'json' };
import type { BridgeOptions } from './bridge/bridge.js';
import type { ProjectIdentity } from './model/labels.js';
import type { ProxyOptions } from './proxy/proxy.js';
import type { Question } from './wire/read-definitions.js';

/** After a signal, what is not closed by then is left as it is. */
const CLOSE_DEADLINE_MS = 10_000;
/** The group that both the proxy and the bridge are in. */
const PROXY_GROUP = 65532;
const PORT = 7411;

/** What apply asks of a rehearsal (apply/rehearse.ts). */
interface Rehearsal {
  role: 'proxy' | 'bridge';
  policy: { seq: number; digest: string } | null;
}

interface Closable {
  close(): Promise<void>;
}

/** Where things are inside the containers; variables move them for a role that runs on the bare host. */
function place(name: string, usual: string): string {
  return process.env[`TOOLCRIB_${name}`] ?? usual;
}

/** Until a role that writes more than its last words has begun. */
let log = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function beginLog(): Promise<void> {
  const { logLevel, roleLog } = await import('./proxy/log.js');
  log = roleLog(logLevel(process.env.TOOLCRIB_LOG_LEVEL));
}

function event(name: string, detail: string): void {
  log({ time: new Date().toISOString(), event: name, detail });
}

function project(): ProjectIdentity {
  const { TOOLCRIB_PROJECT: name, TOOLCRIB_PROJECT_ID: id } = process.env;
  if (!name || !id) throw new Error('TOOLCRIB_PROJECT and TOOLCRIB_PROJECT_ID say whose role this is; one is not set');
  return { name, id };
}

/** Never on a server's network. */
async function published(): Promise<string> {
  const { findPublishedAddress } = await import('./proxy/published-address.js');
  return findPublishedAddress(networkInterfaces());
}

async function proxyOptions(): Promise<ProxyOptions> {
  await beginLog();
  const host = process.env.TOOLCRIB_LISTEN_HOST ?? (await published());
  const admin = process.env.TOOLCRIB_ADMIN_PORT;
  const tls = process.env.TOOLCRIB_TLS === 'true';
  const { refuseExposed } = await import('./proxy/exposure.js');
  const { TOOLCRIB_PUBLISHED: abroad, TOOLCRIB_ADMIN_PUBLISHED: metricsAbroad } = process.env;
  const bare = process.env.TOOLCRIB_LISTEN_HOST !== undefined;
  const reached = bare ? host : abroad;
  const metrics = bare && admin !== undefined ? place('ADMIN_HOST', host) : metricsAbroad;
  refuseExposed({
    reachedAt: reached === undefined ? [] : [reached],
    metricsAt: metrics === undefined ? [] : [metrics],
    tls,
    insecure: process.env.TOOLCRIB_INSECURE === 'true',
  });
  return {
    policyDir: place('POLICY', '/var/lib/toolcrib/policy'),
    ackDir: place('ACK', '/var/lib/toolcrib/ack'),
    auditDir: place('AUDIT', '/var/lib/toolcrib/audit'),
    bridgeSocket: `${place('RUN', '/run/toolcrib')}/bridge.sock`,
    listen: { host, port: Number(place('LISTEN_PORT', String(PORT))) },
    tls,
    outside: process.env.TOOLCRIB_FOREGROUND === 'true',
    ...(admin !== undefined && { admin: { host: place('ADMIN_HOST', host), port: Number(admin) } }),
    project: project(),
    itself: () => {
      const { user, system } = process.cpuUsage();
      return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
    },
    boot: randomUUID(),
    version: manifest.version,
    now: () => new Date(),
    log,
  };
}

async function proxy(): Promise<Closable> {
  const options = await proxyOptions();
  const { startProxy } = await import('./proxy/proxy.js');
  const running = await startProxy(options);
  event('listening', `${running.address.host}:${running.address.port}`);
  return running;
}

async function bridgeOptions(): Promise<BridgeOptions> {
  await beginLog();
  const { connectEngine } = await import('./docker/connect.js');
  const { realTimers } = await import('./bridge/timers.js');
  const engine = await connectEngine({ env: { DOCKER_HOST: 'unix:///var/run/docker.sock', ...process.env } });
  const group = place('SOCKET_GROUP', String(PROXY_GROUP));
  return {
    engine,
    project: project(),
    socketPath: `${place('RUN', '/run/toolcrib')}/bridge.sock`,
    socketGroup: group === '' ? null : Number(group),
    log,
    now: () => new Date(),
    timers: realTimers,
  };
}

async function bridge(): Promise<Closable> {
  const options = await bridgeOptions();
  const { startBridge } = await import('./bridge/bridge.js');
  return startBridge(options);
}

/** In place of the role that is named, whose successor this would be: ends with 0 when it would serve. */
async function rehearse(): Promise<Closable> {
  const asked = JSON.parse(process.argv[3] ?? '') as Rehearsal;
  if (asked.role === 'proxy') {
    const options = await proxyOptions();
    const { rehearseProxy } = await import('./proxy/rehearse.js');
    await rehearseProxy(options, asked.policy);
  } else {
    const options = await bridgeOptions();
    const [{ rehearseBridge }] = await Promise.all([import('./bridge/rehearse.js'), import('./bridge/bridge.js')]);
    await rehearseBridge(options);
  }
  event('rehearsed', asked.role);
  process.exit(0);
}

/** The lock's container: it lives exactly as long as somebody holds its stdin open. */
function hold(): Promise<Closable> {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
  return Promise.resolve({ close: () => Promise.resolve() });
}

/**
 * `toolcrib lock`: asks the server whose network this container shares what it offers, and prints the answer as one
 * line. It ends with its stdin, so that nothing stays behind when the command that asks is killed.
 */
async function ask(): Promise<Closable> {
  await hold();
  const { readDefinitions } = await import('./wire/read-definitions.js');
  const { Failure } = await import('./diagnostics/failure.js');
  const question = JSON.parse(process.argv[3] ?? '') as Question;
  const answer = await readDefinitions(question, new AbortController().signal).then(
    (definitions) => ({ definitions }),
    (error: unknown) => {
      if (error instanceof Failure) return { diagnostics: error.diagnostics };
      throw error;
    },
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  return { close: () => Promise.resolve() };
}

const ROLES: Record<string, () => Promise<Closable>> = { proxy, bridge, hold, ask, rehearse };

function closeOn(signals: NodeJS.Signals[], running: Closable): void {
  let closing = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (closing) return;
      closing = true;
      setTimeout(() => process.exit(1), CLOSE_DEADLINE_MS).unref();
      running.close().then(
        () => process.exit(0),
        (error: unknown) => die(error),
      );
    });
  }
}

/** One line, and the restart policy brings the role back. */
function die(error: unknown): never {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  event('crashed', detail);
  process.exit(1);
}

/** Under `toolcrib proxy`: when that is gone, however it went, so is this. */
if (process.env.TOOLCRIB_FOREGROUND === 'true')
  process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();

process.on('uncaughtException', die);
process.on('unhandledRejection', die);

const name = process.argv[2] ?? '';
const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
if (!role) die(new Error(`"${name}" is no role; there are ${Object.keys(ROLES).join(', ')}`));
else role().then((running) => closeOn(['SIGTERM', 'SIGINT'], running), die);
