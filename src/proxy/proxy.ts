/** The proxy role: puts the parts together, and takes them apart in an order that loses no answer and no audit line. */
import { openArgumentMac } from '../audit/argument-mac.js';
import { AuditLog } from '../audit/append.js';
import { openSigner } from '../audit/signer.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Policy } from '../policy/artifact.js';
import { knownForm } from '../policy/known-form.js';
import { Audience } from './subscriptions/audience.js';
import { isStillKnown } from './identity/authenticate.js';
import { isStillGranted } from './tasks/still-granted.js';
import { callOff } from './tasks/call-off.js';
import { Parking, type ParkingBounds } from './calls/parking.js';
import { Seal } from './message/seal.js';
import { StreamPlaces, type StreamBounds } from './http/stream-places.js';
import { TelemetrySwitch } from './telemetry/telemetry.js';
import { Tasks, type TaskBounds } from './tasks/tasks.js';
import { Underway } from './underway.js';
import { listenAdmin } from './telemetry/admin.js';
import { Acknowledgement, acknowledgedSeq } from './acknowledge.js';
import type { CallBounds } from './servers/flights.js';
import { ServedCertificate } from './http/certificate.js';
import { Crowd, type CrowdBounds } from './calls/crowd.js';
import { Enforced } from './enforced.js';
import { Holds } from './calls/holds.js';
import type { House } from './exchange.js';
import { Jwts } from './identity/jwts.js';
import { Limits } from './calls/limits.js';
import { listen, type Listener } from './http/listener.js';
import type { ProcessItself } from './telemetry/metrics.js';
import { MetricsFile } from './telemetry/metrics-file.js';
import { serve } from './pipeline.js';
import { PolicyWatch, type PolicyState } from './policy-watch.js';
import { Sessions, type SessionBounds } from './sessions/sessions.js';
import { badHttp, nobodysQuestion, Strangers } from './identity/strangers.js';
import type { UnreadBounds } from './http/unread.js';
import { Upstreams } from './servers/upstreams.js';

export interface ProxyOptions {
  policyDir: string;
  ackDir: string;
  auditDir: string;
  bridgeSocket: string;
  /** It runs beside the engine's networks, not in a container on them. */
  outside?: boolean;
  listen: { host: string; port: number };
  /** Served with the certificate that the policy names; before there is one, with none. */
  tls?: boolean;
  /** Where the metrics are served; left out: they are in a file alone. */
  admin?: { host: string; port: number };
  project: ProjectIdentity;
  /** Meets no server: for a rehearsal beside one that does. */
  alone?: boolean;
  /** The process, for the metrics. */
  itself?: () => ProcessItself;
  /** Random per start. */
  boot: string;
  now: () => Date;
  /** Milliseconds that no change of the date moves; stands in for the machine's in tests. */
  clock?: () => number;
  log: (line: object) => void;
  /** Told to agents and servers as our own. */
  version?: string;
  callBounds?: CallBounds;
  sessionBounds?: SessionBounds;
  crowdBounds?: CrowdBounds;
  streamBounds?: StreamBounds;
  parkingBounds?: ParkingBounds;
  taskBounds?: TaskBounds;
  drainMilliseconds?: number;
  /** For calls under way when it is told to stop. */
  graceMilliseconds?: number;
  /** Of answers that agents do not read. */
  unreadBounds?: UnreadBounds;
  backOff?: { first: number; longest: number };
  /** Stands in for the audit log's write(2) in tests. */
  auditWrite?: (fd: number, bytes: Uint8Array) => number;
}

/** Tokens and grants expire without anything happening: how long that may go unseen by what lasts. */
const RECHECK_MS = 5_000;

export interface RunningProxy {
  address: { host: string; port: number };
  admin: { host: string; port: number } | null;
  /** The policy in force; why a higher one is not. */
  enforces(): { seq: number; digest: string; certificate: boolean; refused: string | null };
  close(): Promise<void>;
}

function* rulesOf({ agents }: Policy): Generator<{ agent: string; rule: string }> {
  for (const [agent, { grants }] of Object.entries(agents)) for (const { rule } of grants) yield { agent, rule };
}

export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { project, boot, now, log, ackDir, bridgeSocket } = options;
  const version = options.version ?? '0';
  const clock = options.clock ?? (() => performance.now());
  const event = (name: string, detail: string): void => log({ time: now().toISOString(), event: name, detail });
  const { Metrics } = await import('./telemetry/metrics.js');
  const metrics = new Metrics(
    {
      sessions: () => sessions.size,
      underway: () => underway.size,
      spansLost: () => telemetry.dropped,
      policy: () => enforced?.seq ?? 0,
      generations: () => upstreams.statuses(),
      ...(options.itself && { itself: options.itself }),
    },
    options.admin !== undefined,
  );
  const signer = openSigner(options.auditDir, `toolcrib/${project.name}/${project.id}`);
  const audit = new AuditLog({
    dir: options.auditDir,
    project: project.name,
    boot,
    now,
    signer,
    onCheckpoint: (note) => event('audit_checkpoint', note),
    ...(options.auditWrite && { write: options.auditWrite }),
    observer: metrics,
    onTrouble: (problem) => {
      metrics.trouble(problem);
      event(problem === null ? 'audit_writable' : 'audit_unwritable', problem ?? '');
    },
  });
  const strangers = new Strangers(audit);
  const floor = acknowledgedSeq(ackDir);
  const upstreams = new Upstreams(
    {
      bridgeSocket,
      version,
      outside: options.outside ?? false,
      now,
      log,
      changed: () => {
        acknowledgement.changed();
        audience.look();
      },
      taskStatus: (home, params) => tasks.announced(home, params),
      refused: (request) => strangers.refused(nobodysQuestion(request, enforced?.loaded.digest ?? '')),
      ...(options.callBounds && { callBounds: options.callBounds }),
      ...(options.backOff && { backOff: options.backOff }),
    },
    options.drainMilliseconds,
  );
  const sessions = new Sessions(options.sessionBounds, (id) => upstreams.sessionEnded(id));
  const limits = new Limits(clock);
  const holds = new Holds();
  let enforced: Enforced | null = null;
  let port = options.listen.port;
  let listener: Listener | null = null;

  const underway = new Underway();
  const parking = new Parking(options.parkingBounds);
  const seal = new Seal();
  const tasks: Tasks = new Tasks(seal, clock, (task) => void callOff(house, task, 'limit_timeout'), options.taskBounds);
  // Which era's form does not matter: whether it is another than before does.
  const audience: Audience = new Audience((agent, endpoint, kind) =>
    enforced === null
      ? ''
      : enforced.list(
          { agent, endpoint, kind, era: 'legacy', asksForTasks: true },
          now().getTime(),
          upstreams.standing,
          upstreams.edition(),
          version,
        ),
  );
  /** Whatever was allowed once and lasts is asked again. */
  const recheck = (): void => {
    if (!enforced) return;
    const { loaded } = enforced;
    const at = now().getTime();
    underway.recheck(enforced, at, (caller) => isStillKnown(caller, loaded, watch.state.revoked, at));
    for (const task of tasks.recheck((each) => isStillGranted(each, loaded, watch.state.revoked, at)))
      void callOff(house, task, 'revoked');
    audience.look();
  };

  const apply = ({ loaded, seq, refused }: PolicyState): void => {
    if (refused !== null) event('policy_refused', refused);
    if (loaded && loaded !== enforced?.loaded) {
      enforced = new Enforced(loaded, seq, port);
      sessions.keepAgents((agent) => loaded.hasAgent(agent));
      limits.keep(rulesOf(loaded.policy));
      audit.durability = loaded.policy.audit?.durability ?? 'process';
      if (!options.alone) upstreams.follow(loaded.policy);
      // Last: who was held goes on with the policy that is in force now.
      holds.follow(loaded.policy);
      event('policy', `${seq} ${loaded.digest}`);
    }
    if (loaded) telemetry.follow(loaded.policy.telemetry ?? null);
    recheck();
    acknowledgement.changed();
  };
  const served = options.tls
    ? new ServedCertificate(options.policyDir, (now, said) => {
        listener?.serveWith(now);
        event('certificate', said);
      })
    : null;
  const watch = new PolicyWatch(options.policyDir, floor, apply, served?.unready);
  const acknowledgement: Acknowledgement = new Acknowledgement(
    ackDir,
    () => ({
      boot,
      time: now().toISOString(),
      form: knownForm(),
      seq: enforced?.seq ?? 0,
      digest: enforced?.loaded.digest ?? '',
      refused: watch.state.refused,
      revoked: [...new Set([...watch.state.revoked, ...(enforced?.loaded.revoked ?? [])])].sort(),
      generations: upstreams.statuses(),
    }),
    log,
  );
  const telemetry = new TelemetrySwitch(
    { project: project.name, version, boot, now: () => now().getTime() },
    (tracer) => (house.tracer = tracer),
    (problem, dropped) =>
      event(problem === null ? 'telemetry' : 'telemetry_lost', `${problem ?? 'arrives'}; ${dropped} spans lost so far`),
  );
  const house: House = {
    tracer: null,
    enforced: () => enforced,
    revoked: () => watch.state.revoked,
    sessions,
    upstreams,
    audit,
    strangers,
    mac: openArgumentMac(ackDir),
    now: () => now().getTime(),
    clock,
    version,
    crowd: new Crowd(options.crowdBounds),
    limits,
    audience,
    underway,
    parking,
    seal,
    tasks,
    places: new StreamPlaces(options.streamBounds),
    holds,
    jwts: new Jwts(clock, (problem) => event('issuer_unreachable', problem)),
  };
  const failed = (cause: unknown): void =>
    event('error', cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
  const onBadHttp = (code: string): void => strangers.refused(badHttp(code, enforced?.loaded.digest ?? ''));
  // Who calls while the first policy is read waits for it, and is not told that there is none.
  let begin = (): void => undefined;
  let beginning: Promise<void> | null = new Promise((resolve) => (begin = resolve));
  listener = await listen(
    options.listen,
    (exchange) => (beginning ? beginning.then(() => serve(house, exchange)) : serve(house, exchange)),
    { onError: failed, onBadHttp },
    {
      tls: options.tls ?? false,
      ...(options.graceMilliseconds !== undefined && { graceMilliseconds: options.graceMilliseconds }),
      ...(options.unreadBounds && { unread: options.unreadBounds }),
    },
  );
  port = listener.address.port;
  const admin = options.admin ? await listenAdmin(options.admin, metrics.registry, failed) : null;
  const metricsFile = new MetricsFile(options.auditDir, metrics);
  acknowledgement.changed();
  await watch.start();
  beginning = null;
  begin();
  const expiries = setInterval(recheck, RECHECK_MS).unref();

  return {
    address: listener.address,
    admin: admin?.address ?? null,
    enforces: () => ({
      seq: enforced?.seq ?? 0,
      digest: enforced?.loaded.digest ?? '',
      certificate: enforced?.loaded.policy.certificate !== undefined,
      refused: watch.state.refused,
    }),
    async close() {
      underway.endLasting();
      // Until the last answer is out, what policy takes away is still taken away.
      await listener.close(() => {
        parking.close();
        upstreams.close();
        holds.close();
      });
      await admin?.close();
      clearInterval(expiries);
      await watch.close();
      audience.close();
      tasks.close();
      upstreams.close();
      strangers.close();
      await telemetry.close();
      await metricsFile.close();
      acknowledgement.close();
      audit.close();
    },
  };
}
