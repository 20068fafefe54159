/** A dealing on its way upstream. */
import type { Dealing } from '../dealing.js';
import type { Errand } from '../exchange.js';
import type { Hold } from './hold.js';
import { offeredCapabilities } from '../message/server-requests.js';
import { tracedHeaders, tracedMeta } from '../sessions/tracing.js';
import type { Call, CallListener, UpstreamAnswer, UpstreamPort, UpstreamRequest } from '../upstream-port.js';

export interface Work {
  errand: Errand;
  dealing: Dealing;
  upstream: UpstreamPort;
  hold: Hold;
}

export const UNAVAILABLE: UpstreamAnswer = {
  kind: 'refused',
  reason: 'unavailable',
  detail: 'its server is not running',
};

/** null: its server cannot be called now. */
export function sendUpstream(
  { errand, dealing, upstream, hold }: Work,
  members: Buffer,
  listener: CallListener,
): Call | null {
  const { caller, session, asker, trace } = errand;
  const { method, name, headers, limits, serverRequests } = dealing;
  const request: UpstreamRequest = {
    method,
    members,
    meta: trace ? tracedMeta(asker.meta, trace) : asker.meta,
    name,
    headers: trace ? tracedHeaders(headers, trace) : headers,
    timeoutMs: limits?.timeoutMs ?? null,
    agent: caller.agent,
    subject: caller.subject,
    session: session?.id ?? null,
    capabilities: offeredCapabilities({
      from: upstream.era,
      to: asker.era,
      granted: serverRequests,
      capabilities: asker.capabilities,
    }),
    logLevel: asker.logLevel,
    progress: asker.progressToken !== null,
    listener: dealing.task === null ? listener : dealing.task.hear(listener),
    late: null,
  };
  const call = dealing.task === null ? upstream.request(request) : dealing.task.send(upstream, request);
  return call && hold.begin(call);
}
