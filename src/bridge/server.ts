/**
 * One generation of one server, or one instance of it: a connection is one life of its process. The next connection waits until
 * the life before has been laid down, so that two never share a container.
 */
import { Failure } from '../diagnostics/failure.js';
import type { ContainerInspect } from '../model/inspect.js';
import { restartOf, staysEnded } from '../model/restart.js';
import { BackOff } from './back-off.js';
import type { Client } from './client.js';
import { findServer } from './find.js';
import type { Ended, Life } from './life.js';
import { endLife, ENGINE_CALL_MS, startLife } from './life.js';
import { capOf, makeInstance, removeInstance } from './instance.js';
import type { LogLine, Refusal, RefusalCode, ServerReport, Target } from './protocol.js';
import { Stderr } from './stderr.js';
import { sleep, within } from './timers.js';
import type { Surroundings } from './surroundings.js';

/** Why a connection ends before its process does. */
export type Reason = 'disconnected' | 'replaced' | 'closed' | 'shutting_down';

const WORDS: Record<Reason, string> = {
  disconnected: 'the proxy closed the connection',
  replaced: 'another connection opened the same server',
  closed: 'the proxy asked to close it',
  shutting_down: 'the bridge is stopping',
};

class Unopened extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    /** Nothing went wrong: somebody wanted it so. */
    readonly wanted: boolean,
  ) {
    super(message);
  }
}

export class Server {
  #backOff = new BackOff();
  #stderr: Stderr;
  /** Of a server that speaks HTTP: log as well. */
  #stdout: Stderr;
  #turn: Promise<void> = Promise.resolve();
  #ending: AbortController | null = null;
  #state: ServerReport['state'] = 'stopped';
  #starts = 0;
  #lastError: string | null = null;
  #waiting = 0;
  /** Why it is not started again; null: it is. A generation that has ended for good stays so. */
  #over: string | null = null;

  constructor(
    readonly around: Surroundings,
    readonly target: Target,
    /** Other instances of the same template that are wanted now. */
    readonly siblings: () => number,
  ) {
    const sink = {
      line: (stderr: string, truncated: boolean): void =>
        this.around.log({ ...this.#stamp(), stderr, ...(truncated ? { truncated: true as const } : {}) }),
      dropped: (count: number): void => this.#event('stderr_dropped', `${count} lines above the rate limit`),
    };
    this.#stderr = new Stderr(sink, around.timers);
    this.#stdout = new Stderr(sink, around.timers);
  }

  /** Somebody holds a connection to it, or waits for one. */
  get wanted(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Nothing to remember: nobody waits, and no container was ever found for it. Of instances, of which any number may
   * come and go, only a crash is remembered, for as long as it delays the next start.
   */
  get forgettable(): boolean {
    if (this.#waiting > 0) return false;
    if (this.target.instance !== null) return this.#backOff.delay(this.around.timers.clock()) === 0;
    return this.#starts === 0 && this.#stderr.last.length === 0;
  }

  /** Resolves when the connection's life is over. Never rejects. */
  open(client: Client): Promise<void> {
    void this.end('replaced');
    const ending = new AbortController();
    this.#ending = ending;
    client.onGone(() => ending.abort('disconnected' satisfies Reason));
    this.#waiting += 1;
    this.#turn = this.#turn
      .then(() => this.#serve(client, ending.signal))
      .catch((error: unknown) => this.#refuse(client, error))
      .finally(() => (this.#waiting -= 1));
    return this.#turn;
  }

  /** Ends the present connection, if there is one, and resolves when its container has stopped. */
  end(reason: Reason): Promise<void> {
    this.#ending?.abort(reason);
    this.#ending = null;
    return this.#turn;
  }

  report(): ServerReport {
    return {
      ...this.target,
      state: this.#state,
      restarts: Math.max(0, this.#starts - 1),
      lastError: this.#lastError,
      stderr: [...this.#stdout.last, ...this.#stderr.last],
    };
  }

  async #serve(client: Client, signal: AbortSignal): Promise<void> {
    if (this.#over !== null) throw new Unopened('server_exited', this.#over, false);
    await this.#waitTurn(signal);
    const life = await this.#start(client, signal);
    this.#state = 'running';
    await Promise.race([life.closed, raised(signal)]);
    this.#state = 'stopping';
    const ended = await endLife(this.around, life, signal.aborted);
    this.#stderr.end();
    this.#stdout.end();
    this.#account(life, ended, signal);
    await this.#discard(life.container.Id);
    client.end();
  }

  async #waitTurn(signal: AbortSignal): Promise<void> {
    const delay = this.#backOff.delay(this.around.timers.clock());
    if (delay > 0) {
      this.#state = 'waiting';
      this.#event('restarting', `in ${delay / 1000} s`);
      await sleep(this.around.timers, delay, signal);
    }
    stopIfRaised(signal);
  }

  async #start(client: Client, signal: AbortSignal): Promise<Life> {
    this.#state = 'starting';
    const { engine, project, timers } = this.around;
    const finding = findServer(engine, project, this.target.server, this.target.generation);
    const found = await within(timers, ENGINE_CALL_MS, 'find the server', finding);
    if ('code' in found) throw new Unopened(found.code, found.error, false);
    this.#checkInstance(capOf(found.container));
    this.#over = this.#recall(found.container.Id);
    if (this.#over !== null) throw new Unopened('server_exited', this.#over, false);
    stopIfRaised(signal);
    this.#starts += 1;
    let container: ContainerInspect | null = null;
    try {
      container = await this.#containerOf(found.container);
      const log = {
        stdout: (chunk: Buffer): void => this.#stdout.push(chunk),
        stderr: (chunk: Buffer): void => this.#stderr.push(chunk),
      };
      const life = await startLife(this.around, container, client, log);
      this.#event('started', container.Name.replace(/^\//, ''));
      return life;
    } catch (error) {
      this.#backOff.crashed(this.around.timers.clock(), 0);
      if (container) await this.#discard(container.Id);
      throw error;
    }
  }

  /** @param cap of its instances; null: it is no template. */
  #checkInstance(cap: number | null): void {
    const { server, instance } = this.target;
    if (cap === null && instance !== null)
      throw new Unopened('instance_unexpected', `${server} is one container; it has no instances`, false);
    if (cap !== null && instance === null)
      throw new Unopened('instance_required', `${server} is a template; only its instances run`, false);
    if (cap !== null && this.siblings() >= cap)
      throw new Unopened('too_many', `${cap} instances of ${server} are open`, false);
  }

  async #containerOf(found: ContainerInspect): Promise<ContainerInspect> {
    const { server, generation, instance } = this.target;
    return instance === null ? found : makeInstance(this.around, found, { server, generation, instance });
  }

  /** An instance goes with its life. */
  async #discard(id: string): Promise<void> {
    if (this.target.instance === null) return;
    const problem = await removeInstance(this.around, id);
    if (problem !== null) this.#event('left_behind', problem);
  }

  #account(life: Life, ended: Ended, signal: AbortSignal): void {
    const now = this.around.timers.clock();
    const up = now - life.startedAt;
    this.#state = 'stopped';
    if (signal.aborted) {
      this.#backOff.stopped(up);
      this.#event('stopped', `${WORDS[signal.reason as Reason]}${ended.problem ? `; ${ended.problem}` : ''}`);
      return;
    }
    this.#backOff.crashed(now, up);
    this.#lastError = ended.words;
    this.#event('exited', ended.words);
    const restart = restartOf(life.container.Config.Labels);
    if (!staysEnded(restart, ended.exitCode)) return;
    this.#over = `it ended (${ended.words}), and with \`restart: ${restart}\` it stays so until the next apply`;
    this.#event('over', this.#over);
    this.#remember(life.container.Id, this.#over);
  }

  /** Instances are made anew each time. */
  #recall(container: string): string | null {
    return this.target.instance === null ? (this.around.ended?.recall(this.target, container) ?? null) : null;
  }

  #remember(container: string, why: string): void {
    if (this.target.instance !== null) return;
    try {
      this.around.ended?.remember(this.target, container, why);
    } catch (error) {
      this.#event('over_unwritten', String(error));
    }
  }

  #refuse(client: Client, error: unknown): void {
    this.#state = 'stopped';
    const refusal = refusalOf(error);
    const wanted = error instanceof Unopened && error.wanted;
    if (!wanted) this.#lastError = refusal.error;
    this.#event(wanted ? 'stopped' : 'failed', wanted ? refusal.error : `${refusal.code}: ${refusal.error}`);
    client.end(refusal);
  }

  #event(event: string, detail: string): void {
    this.around.log({ ...this.#stamp(), event, detail });
  }

  #stamp(): Pick<LogLine, 'time' | 'server' | 'generation' | 'instance'> {
    const { server, generation, instance } = this.target;
    const time = this.around.now().toISOString();
    return { time, server, generation, ...(instance === null ? {} : { instance }) };
  }
}

function raised(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function stopIfRaised(signal: AbortSignal): void {
  if (!signal.aborted) return;
  const reason = signal.reason as Reason;
  throw new Unopened(reason === 'disconnected' ? 'closed' : reason, WORDS[reason], true);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Unopened) return { ok: false, code: error.code, error: error.message };
  const first = error instanceof Failure ? error.diagnostics[0] : undefined;
  if (first) return { ok: false, code: first.code, error: first.detail };
  return { ok: false, code: 'internal', error: error instanceof Error ? error.message : String(error) };
}
