/** A container's log as the engine kept it, line by line. */
import type { Engine } from '../engine/engine.js';
import type { Api } from './api.js';
import { createDemux } from './demux.js';
import { createLines } from './lines.js';
import { unreachable } from './unreachable.js';

interface LogLine {
  stream: 'stdout' | 'stderr';
  line: string;
}

export function logCalls(api: Api): Pick<Engine, 'readLogs'> {
  return {
    async *readLogs(container, { tail, follow, since, signal }) {
      if (signal?.aborted) return;
      const response = await api.stream({
        method: 'GET',
        path: `/containers/${encodeURIComponent(container)}/logs`,
        deadlineMs: null,
        query: { stdout: true, stderr: true, follow: follow ?? false, tail: tail ?? 'all', since },
      });
      const stop = (): void => void response.destroy();
      signal?.addEventListener('abort', stop, { once: true });
      try {
        yield* logLines(response);
      } catch (error) {
        if (!signal?.aborted) throw unreachable(error, api.dialer.endpoint);
      } finally {
        signal?.removeEventListener('abort', stop);
        response.destroy();
      }
    },
  };
}

async function* logLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogLine> {
  const ready: LogLine[] = [];
  const cut = { stdout: createLines(), stderr: createLines() };
  const take = (stream: LogLine['stream']) => (chunk: Buffer) => {
    for (const line of cut[stream].push(chunk)) ready.push({ stream, line });
  };
  const demux = createDemux({ stdout: take('stdout'), stderr: take('stderr') });
  for await (const chunk of chunks) {
    demux.write(chunk);
    yield* ready.splice(0);
  }
  for (const stream of ['stdout', 'stderr'] as const) for (const line of cut[stream].end()) yield { stream, line };
}
