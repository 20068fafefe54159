/**
 * Takes apart the engine's multiplexed stream (Docker Engine API, ContainerAttach, "Stream format"): frames of
 * `[type, 0, 0, 0, length as 32-bit big endian]` and payload. Payloads are passed on as they come, as views of what
 * arrived: nothing is held back but an unfinished header, so memory and time stay linear however the bytes are cut.
 */
const HEADER = 8;
const STDOUT = 1;
const STDERR = 2;
/** What the engine itself has to say in the middle of a stream (moby, stdcopy.Systemerr). */
const ENGINE_ERROR = 3;

export interface DemuxListeners {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

export class DemuxError extends Error {}

export interface Demux {
  /** @throws DemuxError when the bytes are no such stream; nothing after it can be trusted. */
  write(chunk: Buffer): void;
  /** Whether the stream may end here: not inside a frame. */
  readonly complete: boolean;
}

export function createDemux(listeners: DemuxListeners): Demux {
  const header = Buffer.alloc(HEADER);
  let headerLength = 0;
  let type = 0;
  let remaining = 0;

  const deliver = (chunk: Buffer): void => {
    if (type === ENGINE_ERROR)
      throw new DemuxError(`the engine broke the stream off: ${chunk.toString('utf8', 0, 500)}`);
    if (type === STDERR) listeners.stderr(chunk);
    else listeners.stdout(chunk);
  };

  const takeHeader = (chunk: Buffer, offset: number): number => {
    const taken = Math.min(HEADER - headerLength, chunk.length - offset);
    chunk.copy(header, headerLength, offset, offset + taken);
    headerLength += taken;
    if (headerLength < HEADER) return taken;
    type = header[0] ?? 0;
    if (type < STDOUT || type > ENGINE_ERROR || header[1] || header[2] || header[3]) {
      throw new DemuxError(`the engine's stream is not framed as expected (header ${header.toString('hex')})`);
    }
    remaining = header.readUInt32BE(4);
    headerLength = 0;
    return taken;
  };

  return {
    write(chunk) {
      let offset = 0;
      while (offset < chunk.length) {
        if (remaining === 0) {
          offset += takeHeader(chunk, offset);
          continue;
        }
        const end = Math.min(chunk.length, offset + remaining);
        remaining -= end - offset;
        deliver(chunk.subarray(offset, end));
        offset = end;
      }
    },
    get complete() {
      return headerLength === 0 && remaining === 0;
    },
  };
}
