/**
 * Sessions of the legacy versions. An id is a name, never a credential: it is bound to agent, person, endpoint and
 * version, and every request is authenticated beside it. Bounded: an agent's oldest goes first, and only its own.
 */
import { randomBytes } from 'node:crypto';
import { InFlight } from '../../mcp/in-flight.js';
import type { LegacyVersion } from '../../mcp/versions.js';
import type { JsonObject } from '../../model/definitions.js';
import type { Caller } from '../identity/authenticate.js';
import type { Ends } from '../message/ends.js';
import { Questions } from './questions.js';
import { ReplayStore, SessionStreams } from './session-streams.js';
import type { LogLevel } from '../upstream-port.js';

export interface Session {
  id: string;
  agent: string;
  /** Whom it was opened by, where the agent stands for several; null: the agent itself. */
  person: string | null;
  /** Path of the endpoint. */
  endpoint: string;
  version: LegacyVersion;
  lastUsed: number;
  /** Calls under way, by the JSON text of their id. */
  calls: InFlight<string, { cancel(): void }>;
  /** What the agent said it can answer. */
  capabilities: JsonObject;
  /** Least severe that it wants to hear; null: it never said. */
  logLevel: LogLevel | null;
  streams: SessionStreams;
  /** What servers ask of the agent. */
  questions: Questions;
  /** By URI, from the first request for it on; each takes itself away when it ends. */
  subscriptions: Map<string, { answer: Promise<Declined | null>; ends: Ends }>;
  /** Whether it is told of changed lists. */
  hears: boolean;
  /** Called when it ends, however. */
  ending: (() => void)[];
  /** Nothing may be begun for it any more. */
  ended: boolean;
}

/** Why there is no subscription; `error`: in the server's words. */
export interface Declined {
  why: string;
  error: Buffer | null;
}

/** Who asks for one. */
export interface SessionOwner {
  agent: string;
  person: string | null;
}

/**
 * Whose sessions are whose: an agent's tokens of ours are one another's successors, but somebody else's token tells of
 * one of many people whom an agent may stand for.
 */
export function ownerOf({ agent, subject, issued }: Caller): SessionOwner {
  return { agent, person: issued ? subject : null };
}

export interface SessionBounds {
  perAgent: number;
  idleMilliseconds: number;
}

const SAME_MS = 1_000;

const BOUNDS: SessionBounds = { perAgent: 1000, idleMilliseconds: 24 * 60 * 60 * 1000 };

export class Sessions {
  /** Agent → its sessions, least recently used first. */
  readonly #agents = new Map<string, Map<string, Session>>();

  readonly #replay = new ReplayStore();

  /** @param ended called with the id of each that is no more. */
  constructor(
    readonly bounds: SessionBounds = BOUNDS,
    readonly ended: (id: string) => void = () => undefined,
  ) {}

  /** Of all agents. */
  get size(): number {
    let size = 0;
    for (const own of this.#agents.values()) size += own.size;
    return size;
  }

  open(
    { agent, person }: SessionOwner,
    endpoint: string,
    version: LegacyVersion,
    now: number,
    capabilities: JsonObject = {},
  ): Session {
    const own = this.#agents.get(agent) ?? new Map<string, Session>();
    this.#agents.set(agent, own);
    for (const oldest of own.values()) {
      const idle = now - oldest.lastUsed > this.bounds.idleMilliseconds;
      if (!idle && own.size < this.bounds.perAgent) break;
      this.#end(own, oldest);
    }
    const id = randomBytes(16).toString('hex');
    const session: Session = {
      id,
      agent,
      person,
      endpoint,
      version,
      lastUsed: now,
      calls: new InFlight(),
      capabilities,
      logLevel: null,
      streams: new SessionStreams(this.#replay),
      questions: new Questions(),
      subscriptions: new Map(),
      hears: false,
      ending: [],
      ended: false,
    };
    own.set(id, session);
    return session;
  }

  /** null: none of that id *for this agent and person at this endpoint*, whoever else may have one. */
  find(id: string, { agent, person }: SessionOwner, endpoint: string, now: number): Session | null {
    const own = this.#agents.get(agent);
    const session = own?.get(id);
    if (!own || session?.endpoint !== endpoint || session.person !== person) return null;
    if (now - session.lastUsed > this.bounds.idleMilliseconds) {
      this.#end(own, session);
      return null;
    }
    // To the second: each turn of the map costs more than the order is worth.
    if (now - session.lastUsed < Math.min(SAME_MS, this.bounds.idleMilliseconds / 100)) return session;
    session.lastUsed = now;
    own.delete(id);
    own.set(id, session);
    return session;
  }

  close(session: Session): void {
    const own = this.#agents.get(session.agent);
    if (own) this.#end(own, session);
  }

  /** Sessions of agents that are no more end at once. */
  keepAgents(exists: (agent: string) => boolean): void {
    for (const [agent, own] of this.#agents) {
      if (exists(agent)) continue;
      for (const session of own.values()) this.#end(own, session);
      this.#agents.delete(agent);
    }
  }

  /** Every session, for what concerns them all. */
  *all(): Iterable<Session> {
    for (const own of this.#agents.values()) yield* own.values();
  }

  closeAll(): void {
    for (const session of [...this.all()]) this.close(session);
  }

  #end(own: Map<string, Session>, session: Session): void {
    own.delete(session.id);
    session.ended = true;
    for (const call of session.calls.values()) call.cancel();
    session.calls.clear();
    session.questions.close();
    for (const { ends } of session.subscriptions.values()) ends.close();
    for (const end of session.ending.splice(0)) end();
    session.streams.close();
    this.ended(session.id);
  }
}
