/**
 * Requests to the Engine API over plain node:http.
 *
 * Not dockerode: importing it costs some 200 ms (a plan with nothing to do has 500 in all) and brings gRPC and protobuf
 * into the bundle; its streams know no back-pressure, and its ssh checks no host key. The calls made here are few and
 * stable, so the whole of it is this file.
 */
import type http from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { EngineRefusal, messageOf } from './errors.js';
import { DeadlineError, unreachable } from './unreachable.js';
import type { Dialer } from './dial.js';
import type { Answer } from './answer-reader.js';
import { TooLong } from './answer-reader.js';
import { BrokenOff } from './reads.js';

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Without the version. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  json?: unknown;
  body?: { type: string; content: Buffer | NodeJS.ReadableStream };
  headers?: Record<string, string>;
  /** Until the whole answer is there; null: as long as it takes, on a connection of its own. */
  deadlineMs?: number | null;
  /** Answered from the engine's memory: it may wait its turn behind others like it. */
  atOnce?: true;
}

export interface Api {
  dialer: Dialer;
  /** `1.41`; empty before it is negotiated. */
  version: string;
  /** @throws EngineRefusal for every status outside 2xx and 304; Failure `engine_unreachable`. */
  call(call: Call): Promise<Answer>;
  json<T>(call: Call): Promise<T>;
  /** null where the engine answers 404. */
  find<T>(call: Call): Promise<T | null>;
  /**
   * A body of at most so many bytes by the shorter way for plain reads; null: there is none, and `stream` is to be asked.
   * @throws TooLong; BrokenOff where it ends in the middle.
   */
  whole(call: Call, most: number): Promise<Buffer> | null;
  /** The answer as it comes; the caller reads or destroys it. */
  stream(call: Call): Promise<http.IncomingMessage>;
  /** Takes the connection over (ContainerAttach, "Hijacking"). */
  upgrade(call: Call): Promise<Duplex>;
}

const DEADLINE_MS = 60_000;
const LONGEST_ERROR = 64 * 1024;
const NOT_MODIFIED = 304;

export function createApi(dialer: Dialer, version: string): Api {
  const send = (call: Call, fresh = false): http.ClientRequest => {
    const limit = call.deadlineMs === undefined ? DEADLINE_MS : call.deadlineMs;
    const options = { method: call.method, path: target(dialer, version, call), headers: headersOf(call, dialer) };
    const request = dialer.open(options, fresh || limit === null);
    if (limit === null) return request;
    bound(request, limit);
    return request;
  };

  /** null: it is no plain read, or there is no shorter way for one here. */
  const read = (asked: Call, most?: number): Promise<Answer> | null => {
    const { method, headers, deadlineMs = DEADLINE_MS } = asked;
    if (!dialer.reads || method !== 'GET' || headers || deadlineMs === null) return null;
    const way = asked.atOnce && most === undefined && dialer.pipeline ? dialer.pipeline : dialer.reads;
    return way.get(target(dialer, version, asked), deadlineMs, most).catch((error: unknown) => {
      throw most !== undefined && (error instanceof TooLong || error instanceof BrokenOff)
        ? error
        : unreachable(error, dialer.endpoint);
    });
  };

  const call = async (asked: Call): Promise<Answer> =>
    accepted(await (read(asked) ?? withRetry(asked, () => exchange(send(asked), asked, dialer))), asked);
  const json = async <T>(asked: Call): Promise<T> => parse((await call(asked)).body, asked) as T;

  return {
    dialer,
    version,
    call,
    json,
    async find<T>(asked: Call): Promise<T | null> {
      try {
        return await json<T>(asked);
      } catch (error) {
        if (error instanceof EngineRefusal && error.status === 404) return null;
        throw error;
      }
    },
    whole(asked, most) {
      return read(asked, most)?.then((answer) => accepted(answer, asked).body) ?? null;
    },
    async stream(asked) {
      const response = await responseTo(send(asked), asked, dialer);
      const status = response.statusCode ?? 0;
      if (isError(status)) throw new EngineRefusal(status, messageOf(await firstOf(response)), asked);
      return response;
    },
    upgrade: (asked) =>
      takeOver(
        send({ ...asked, headers: { ...asked.headers, Connection: 'Upgrade', Upgrade: 'tcp' } }, true),
        asked,
        dialer,
      ),
  };
}

/** What tells whose answer it is. */
interface Told {
  Id: string;
  Name?: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
}

/**
 * What is asked for among others, and by itself where the answer may be another's: something between may have lost count.
 * A refusal bears nobody's id.
 */
export async function findInStep<T extends Told>(api: Api, idOrName: string, asked: Call): Promise<T | null> {
  const found = await api.find<T>({ ...asked, atOnce: true }).catch((error: unknown) => {
    if (error instanceof EngineRefusal) return null;
    throw error;
  });
  return found && isOf(found, idOrName) ? found : api.find<T>(asked);
}

function isOf({ Id, Name, RepoTags, RepoDigests }: Told, idOrName: string): boolean {
  return [Id, Name?.slice(1), ...(RepoTags ?? []), ...(RepoDigests ?? [])].includes(idOrName);
}

/** Ends an exchange that takes too long, wherever it stands. */
function bound(request: http.ClientRequest, limitMs: number): void {
  let answering: http.IncomingMessage | null = null;
  const timer = setTimeout(() => (answering ?? request).destroy(new DeadlineError(limitMs)), limitMs);
  const stop = (): void => clearTimeout(timer);
  request.once('response', (response) => (answering = response));
  request.once('upgrade', stop).once('close', stop);
}

function accepted(answer: Answer, call: Call): Answer {
  if (!isError(answer.status)) return answer;
  throw new EngineRefusal(answer.status, messageOf(answer.body.toString()), call);
}

function isError(status: number): boolean {
  return (status < 200 || status > 299) && status !== NOT_MODIFIED;
}

function target(dialer: Dialer, version: string, call: Call): string {
  const prefix = dialer.endpoint.type === 'tcp' ? dialer.endpoint.prefix : '';
  const search = call.query ? searchOf(call.query) : '';
  return `${prefix}${version ? `/v${version}` : ''}${call.path}${search}`;
}

function searchOf(query: NonNullable<Call['query']>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size > 0 ? `?${search.toString()}` : '';
}

function headersOf(call: Call, dialer: Dialer): http.OutgoingHttpHeaders {
  const content: http.OutgoingHttpHeaders = {};
  const body = call.json === undefined ? call.body : { type: 'application/json', content: bytesOf(call) };
  if (body) content['Content-Type'] = body.type;
  if (body && Buffer.isBuffer(body.content)) content['Content-Length'] = body.content.length;
  // Over TCP it is the address itself: TLS checks the certificate against this header.
  const host = dialer.endpoint.type === 'tcp' ? {} : { Host: 'docker' };
  return { ...host, 'User-Agent': 'toolcrib', ...content, ...call.headers };
}

function bytesOf(call: Call): Buffer {
  return Buffer.from(JSON.stringify(call.json));
}

/** A kept-alive connection may be closed by the other side just as it is used; only reads are sent again. */
async function withRetry(call: Call, attempt: () => Promise<Answer>): Promise<Answer> {
  try {
    return await attempt();
  } catch (error) {
    if (call.method === 'GET' && error instanceof ClosedWhileReused) return attempt();
    throw error instanceof ClosedWhileReused ? error.failure : error;
  }
}

class ClosedWhileReused extends Error {
  constructor(readonly failure: Error) {
    super(failure.message);
  }
}

async function exchange(request: http.ClientRequest, call: Call, dialer: Dialer): Promise<Answer> {
  try {
    const response = await responseTo(request, call, dialer);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
  } catch (error) {
    throw asFailure(error, dialer);
  }
}

function responseTo(request: http.ClientRequest, call: Call, dialer: Dialer): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', (error) => {
      const failure = asFailure(error, dialer);
      const reset = 'code' in error && error.code === 'ECONNRESET';
      reject(request.reusedSocket && reset ? new ClosedWhileReused(failure) : failure);
    });
    write(request, call, reject);
  });
}

function takeOver(request: http.ClientRequest, call: Call, dialer: Dialer): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    request.once('upgrade', (_response, socket: Duplex, head: Buffer) => {
      socket.pause();
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.once('response', (response) => {
      firstOf(response).then(
        (body) => reject(new EngineRefusal(response.statusCode ?? 0, messageOf(body), call)),
        (error: unknown) => reject(asFailure(error, dialer)),
      );
    });
    request.once('error', (error) => reject(asFailure(error, dialer)));
    write(request, call, reject);
  });
}

function write(request: http.ClientRequest, call: Call, reject: (error: unknown) => void): void {
  if (call.json !== undefined) return void request.end(bytesOf(call));
  const content = call.body?.content;
  if (content === undefined || Buffer.isBuffer(content)) return void request.end(content);
  content.once('error', (error) => {
    reject(error);
    request.destroy();
  });
  content.pipe(request);
}

function asFailure(error: unknown, dialer: Dialer): Error {
  if (error instanceof ClosedWhileReused) return error;
  return unreachable(error, dialer.endpoint);
}

/** The beginning of a body: enough for an error's words. */
async function firstOf(response: Readable): Promise<string> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > LONGEST_ERROR) break;
  }
  return text;
}

function parse(body: Buffer, call: Call): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new EngineRefusal(200, 'its answer is not JSON; is this a Docker engine?', call);
  }
}
