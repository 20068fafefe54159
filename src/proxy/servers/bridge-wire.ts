/**
 * A connection to the bridge that is one run of one server: after the bridge's `ok`, the server's stdin and stdout. For
 * a server that is spoken to over HTTP it carries nothing, and is what keeps its container running.
 */
import { connect, isIP, type Socket } from 'node:net';
import { codes, type Code } from '../../diagnostics/codes.js';
import { Failure, problem } from '../../diagnostics/failure.js';
import { lineSplitter, MAX_LINE_BYTES } from '../../mcp/lines.js';
import { badOutput, serverExited } from '../../mcp/refusals.js';
import { CLOSED_HERE, type Era, type Outgoing, type Wire, type WireListener } from '../../mcp/wire.js';
import { oneLine } from '../message/splice.js';

const NEWLINE = 0x0a;
const END = Buffer.from('\n');

/** The bridge may wait up to 30 s before a start, and hundreds of starts stand in one queue. */
const OPEN_MS = 300_000;
/** Bytes of a server's that may wait for whoever is to hear them. */
const MAX_EARLY = 8 * 1024 * 1024;

export interface BridgeOpening {
  socketPath: string;
  server: string;
  generation: number;
  /** null: the server's own container. */
  instance: string | null;
  era: Era;
  signal: AbortSignal;
}

/** Not the server's doing: there is no bridge at this moment, or it is about to end. Another one is expected. */
export class BridgeAway extends Failure {}

/** @throws Failure with the bridge's code, or `server_exited`; BridgeAway. */
export function openBridge(opening: BridgeOpening): Promise<BridgeWire> {
  return new Promise((resolve, reject) => {
    const { socketPath, server, generation, instance, signal } = opening;
    const wire = new BridgeWire(connect(socketPath), opening.era);
    const timer = setTimeout(() => wire.end(`The bridge did not start it within ${OPEN_MS / 1000} s.`), OPEN_MS);
    const abort = (): void => wire.close();
    signal.addEventListener('abort', abort, { once: true });
    const settled = (): void => clearTimeout(timer);
    wire.listen({
      message: (line) => {
        settled();
        const answer = answerIn(line);
        if (!(answer instanceof Failure)) return resolve(wire.opened(answer.address));
        reject(answer);
        wire.end('The bridge refused to open it.');
      },
      closed: (reason) => {
        settled();
        signal.removeEventListener('abort', abort);
        // Of a server that cannot be had it would say so.
        reject(wire.broken ?? new BridgeAway(serverExited(reason).diagnostics));
      },
      lost: () => undefined,
      missed: () => undefined,
      retired: () => undefined,
    });
    wire.onEnd(() => signal.removeEventListener('abort', abort));
    const asked = { op: 'open', server, generation, ...(instance !== null && { instance }) };
    wire.say(Buffer.from(JSON.stringify(asked)));
  });
}

export class BridgeWire implements Wire {
  readonly attributes = false;
  readonly announces = true;
  broken: Failure | null = null;
  /** Of a server that speaks HTTP, on its network. */
  address: string | null = null;
  #listener: WireListener | null = null;
  #onEnd: ((reason: string) => void)[] = [];
  #ended: string | null = null;
  /** Lines that came while nobody listened. */
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #corked = false;

  constructor(
    readonly socket: Socket,
    readonly era: Era,
  ) {
    const splitter = lineSplitter(
      (line) => this.#receive(line),
      () => this.#break(`It wrote a line of more than ${MAX_LINE_BYTES} bytes to stdout.`),
    );
    socket.on('data', (chunk) => splitter.push(chunk));
    socket.on('error', (cause) => this.end(`The connection to the bridge broke: ${cause.message}`));
    socket.on('close', () => this.end('It ended.'));
  }

  get living(): boolean {
    return this.#ended === null;
  }

  /** From here on lines are the server's. */
  opened(address: string | null): this {
    this.#listener = null;
    this.address = address;
    return this;
  }

  listen(listener: WireListener): void {
    this.#listener = listener;
    this.#earlyBytes = 0;
    for (const line of this.#early.splice(0)) listener.message(line, null);
    if (this.#ended !== null) listener.closed(this.#ended);
  }

  /** Beside the listener, whoever that is. */
  onEnd(tell: (reason: string) => void): void {
    if (this.#ended !== null) tell(this.#ended);
    else this.#onEnd.push(tell);
  }

  request({ body }: Outgoing): void {
    this.say(body);
  }

  say(body: Buffer): void {
    if (this.#ended !== null) return;
    if (!this.#corked) {
      this.#corked = true;
      this.socket.cork();
      queueMicrotask(() => {
        this.#corked = false;
        this.socket.uncork();
      });
    }
    // One chunk a message: a line and its end apart would be twice the work.
    const end = body.indexOf(NEWLINE);
    const ends = end === body.length - 1 && end >= 0;
    this.socket.write(ends ? body : Buffer.concat([oneLine(body), END]));
  }

  abandon(): boolean {
    return false;
  }

  done(): void {
    // all answers come on one stream
  }

  waiting(): number {
    return this.socket.writableLength;
  }

  close(): void {
    this.end(CLOSED_HERE);
  }

  end(reason: string): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.socket.destroy();
    this.#listener?.closed(reason);
    for (const tell of this.#onEnd.splice(0)) tell(reason);
  }

  #receive(line: Buffer): void {
    if (this.#ended !== null) return;
    if (this.#listener) return this.#listener.message(line, null);
    this.#early.push(line);
    this.#earlyBytes += line.length;
    if (this.#earlyBytes > MAX_EARLY) this.#break('It wrote more than is read before it was asked anything.');
  }

  #break(what: string): void {
    this.broken = badOutput(what);
    this.end('It wrote an endless line to stdout.');
  }
}

function answerIn(line: Buffer): Failure | { address: string | null } {
  let answer: unknown;
  try {
    answer = JSON.parse(line.toString('utf8'));
  } catch {
    return serverExited('The bridge answered with something else than JSON.');
  }
  if (typeof answer !== 'object' || answer === null || !('ok' in answer))
    return serverExited('The bridge gave no answer.');
  if (answer.ok === true) {
    const address = 'address' in answer && typeof answer.address === 'string' ? answer.address : '';
    return { address: isIP(address) === 0 ? null : address };
  }
  const error = 'error' in answer ? String(answer.error) : 'The bridge refused to open it.';
  const code = 'code' in answer && isCode(answer.code) ? answer.code : 'server_exited';
  const said = [problem(code, error, 'See `toolcrib logs` of the server.')];
  return 'code' in answer && answer.code === 'shutting_down' ? new BridgeAway(said) : new Failure(said);
}

function isCode(value: unknown): value is Code {
  return typeof value === 'string' && Object.hasOwn(codes, value);
}
