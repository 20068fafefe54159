/**
 * Connections of which the other end has answered already. Whoever publishes a container's port accepts connections
 * before the container listens, and closes them without a word: a call sent on one of those would be lost, and nobody
 * could say whether it had been read. So each connection is asked a question that changes nothing before it carries
 * anything, and what fails until then has certainly not been sent.
 */
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

/** Nothing listens there now; nothing was sent. */
export class Away extends Error {}

const PROOF_MS = 5_000;
const MAX_HEAD_BYTES = 32 * 1024;
const NO_HTTP = 'what answers does not speak HTTP';
/** A name that is wrong, or a certificate: waiting would not mend it. */
const PASSING = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);

export function provedConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: PROOF_MS });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error) return callback(isPassing(error) ? new Away(error.message, { cause: error }) : error, null);
      prove(socket, options.host ?? options.hostname).then(
        // One that ends with each answer cannot be proved and used: somebody else's relay, which answers for itself.
        (lasts) => (lasts ? callback(null, socket) : (socket.destroy(), connect(options, callback))),
        (cause: unknown) => {
          socket.destroy();
          callback(cause instanceof Error ? cause : new Error(String(cause)), null);
        },
      );
    });
  };
}

const isPassing = (error: Error): boolean => 'code' in error && PASSING.has(String(error.code));

/**
 * HEAD: whatever is answered has no body, so that the connection is free again behind its head (RFC 9110, 9.3.2).
 * @returns whether it goes on.
 */
async function prove(socket: Socket, host: string): Promise<boolean> {
  const head = await new Promise<string>((resolve, reject) => {
    let text = '';
    const settle = (done: () => void): void => {
      socket.off('data', take).off('error', failed).off('close', closed).off('timeout', silent);
      socket.pause().setTimeout(0);
      done();
    };
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n')) settle(() => resolve(text));
      else if (text.length > MAX_HEAD_BYTES) settle(() => reject(new Error(NO_HTTP)));
    };
    const failed = ({ message }: Error): void => settle(() => reject(new Away(message)));
    const closed = (): void => settle(() => reject(new Away('the connection was closed without an answer')));
    const silent = (): void => settle(() => reject(new Away(`no answer within ${PROOF_MS / 1000} s`)));
    socket.on('data', take).on('error', failed).on('close', closed).on('timeout', silent).setTimeout(PROOF_MS);
    socket.write(`HEAD /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  });
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status === undefined) throw new Error(NO_HTTP);
  // On its way out: it answers what it has, and takes nothing new.
  if (status === '503') throw new Away('it is not ready');
  return !/^connection:\s*close/im.test(head) && !head.startsWith('HTTP/1.0');
}
