/** The stdio of a container over a hijacked connection (ContainerAttach), with back-pressure both ways. */
import type { Duplex } from 'node:stream';
import type { Attachment, Engine } from '../engine/engine.js';
import type { Api } from './api.js';
import { createDemux } from './demux.js';
import { engineFailure } from './errors.js';

export function attachCalls(api: Api): Pick<Engine, 'attach'> {
  return {
    async attach(id) {
      const path = `/containers/${encodeURIComponent(id)}/attach`;
      const query = { stream: true, stdin: true, stdout: true, stderr: true };
      return attachmentOver(await api.upgrade({ method: 'POST', path, query }), id);
    },
  };
}

/** Nothing is read before the first listener is set; those set in the same turn miss nothing. */
export function attachmentOver(socket: Duplex, id: string): Attachment {
  const stdout: ((chunk: Buffer) => void)[] = [];
  const stderr: ((chunk: Buffer) => void)[] = [];
  const demux = createDemux({
    stdout: (chunk) => stdout.forEach((listener) => listener(chunk)),
    stderr: (chunk) => stderr.forEach((listener) => listener(chunk)),
  });
  let reading = false;
  let held = false;
  const read = (): void => {
    if (reading) return;
    reading = true;
    socket.on('data', (chunk: Buffer) => {
      try {
        demux.write(chunk);
      } catch {
        socket.destroy(); // not the engine's framing: to the user of the attachment it has ended
      }
    });
    if (held) socket.pause();
    else socket.resume();
  };
  // A connection that breaks shows as its end, like a process that ended.
  socket.on('error', () => undefined);

  return {
    write: (data) =>
      new Promise((resolve, reject) => {
        const refuse = (): void => reject(gone(id));
        if (socket.destroyed || socket.writableEnded) return refuse();
        socket.write(data, (error) => (error ? refuse() : resolve()));
      }),
    end: () => void socket.end(),
    onStdout(listener) {
      stdout.push(listener);
      read();
    },
    onStderr(listener) {
      stderr.push(listener);
      read();
    },
    onClose(listener) {
      if (socket.closed) queueMicrotask(listener);
      else socket.once('close', listener);
      read();
    },
    pause() {
      held = true;
      socket.pause();
    },
    resume() {
      held = false;
      if (reading) socket.resume();
    },
    destroy: () => void socket.destroy(),
  };
}

function gone(id: string): Error {
  return engineFailure(
    'engine_error',
    `Container ${id.slice(0, 12)} takes no more input: its process or its connection has ended.`,
    'Look at why it ended with `toolcrib status` and `toolcrib logs`.',
  );
}
