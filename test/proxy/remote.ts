/** Puts real servers over HTTP into a world's policy, locked as the lock would: by meeting them. */
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import type { ServerDefinitions } from '../../src/model/definitions.js';
import type { Sharing } from '../../src/model/transport.js';
import type { Policy } from '../../src/policy/artifact.js';
import { meetHttp } from '../../src/wire/meet-http.js';

const timers = {
  after(milliseconds: number, work: () => void) {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};

export async function definitionsAt(url: string): Promise<ServerDefinitions> {
  const { wire, shown } = await meetHttp(
    { url, reach: 'remote' },
    {
      version: null,
      envelope: { protocolVersion: '2025-11-25', capabilities: {} },
      clientInfo: { name: 'toolcrib', version: '1' },
      initializeMs: 20_000,
      listMs: 20_000,
      timers,
      signal: new AbortController().signal,
    },
  );
  wire.close();
  return shown;
}

/** Adds it, serving, as generation 1. */
export function serveRemote(
  policy: Policy,
  name: string,
  url: string,
  definitions: ServerDefinitions,
  instances: Sharing = 'shared',
): void {
  const digest = digestOf({ ...definitions });
  policy.definitions[digest] = definitions;
  policy.servers[name] = {
    toolbox: 'engineering',
    prefix: name,
    generations: {
      '1': {
        definitions: digest,
        tools: toolHashes(definitions).tools,
        image: '',
        transport: { type: 'remote', url },
        instances,
        replicas: 1,
      },
    },
    serving: 1,
  };
}
