/**
 * What a server at a URL offers, read once and for the lock: whatever version of MCP it speaks, and, where it is a
 * container that has just been started, as soon as it listens.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../diagnostics/failure.js';
import type { Timers } from '../mcp/timers.js';
import type { Envelope, ServerDefinitions } from '../model/definitions.js';
import { meetHttp } from './meet-http.js';
import type { TargetOptions } from './target.js';

export interface Question {
  target: TargetOptions;
  envelope: Envelope;
  clientInfo: { name: string; version: string };
  /** For the first answer, and again for the lists; also how long a container may take until it listens. */
  seconds: number;
  /** It may not listen yet. */
  patient: boolean;
}

const AGAIN_MS = 100;

const clock: Timers = {
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** @throws Failure what meetHttp throws. */
export async function readDefinitions(question: Question, signal: AbortSignal): Promise<ServerDefinitions> {
  const { target, envelope, clientInfo, seconds, patient } = question;
  const end = performance.now() + seconds * 1000;
  const deadlines = { initializeMs: seconds * 1000, listMs: seconds * 1000, timers: clock };
  for (;;) {
    try {
      const { wire, shown } = await meetHttp(target, { ...deadlines, envelope, clientInfo, version: null, signal });
      wire.close();
      return shown;
    } catch (error) {
      const unreached = error instanceof Failure && error.diagnostics[0]?.code === 'server_exited';
      if (!patient || !unreached || signal.aborted || performance.now() > end) throw error;
    }
    await pause(AGAIN_MS);
  }
}
