/** Connections to an endpoint: a bounded pool that is kept alive for short calls, and fresh ones for streams. */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Endpoint, Environment } from './endpoint.js';
import type { Pipeline } from './pipeline.js';
import { createPipeline } from './pipeline.js';
import type { Reads } from './reads.js';
import { createReads } from './reads.js';

/** As many short calls as run at once; the engine gains nothing from more. */
export const POOL = 16;
/** Plain reads are short: more connections than that cost more than they bring. */
const READS = 6;

export interface Dialer {
  endpoint: Endpoint;
  /** Opens a request. `lasting`: it holds its connection for long (attach, logs, wait), so it takes none from the pool. */
  open(options: http.RequestOptions, lasting: boolean): http.ClientRequest;
  /** A shorter way for plain reads, where there is one. */
  reads: Reads | null;
  /** A shorter one still, for what the engine answers at once. */
  pipeline: Pipeline | null;
}

/** Each is a login of its own, and a server of sshd's defaults turns away those that knock at once (`MaxStartups 10`). */
const SSH_POOL = 6;

/** What a way to an engine does not use is not loaded for it: a plan over the socket has no time for TLS and ssh. */
export async function createDialer(endpoint: Endpoint, env: Environment): Promise<Dialer> {
  const pooled = { keepAlive: true, maxSockets: POOL, maxFreeSockets: POOL };
  switch (endpoint.type) {
    case 'unix': {
      const reads = createReads(endpoint.path, READS);
      return {
        // No server name, or each request would look for one in its headers.
        ...over(endpoint, () => [new http.Agent(pooled), new http.Agent()], {
          socketPath: endpoint.path,
          servername: '',
        }),
        reads,
        pipeline: createPipeline(endpoint.path, reads),
      };
    }
    case 'ssh': {
      const { SshConnection } = await import('./ssh.js');
      const dial = (): Duplex => new SshConnection(endpoint, env);
      const dialling = (options: http.AgentOptions): http.Agent =>
        Object.assign(new http.Agent(options), { createConnection: dial });
      return over(endpoint, () => [dialling({ ...pooled, maxSockets: SSH_POOL }), dialling({})], {});
    }
    case 'tcp': {
      const address = { host: endpoint.host, port: endpoint.port };
      if (!endpoint.tls) return over(endpoint, () => [new http.Agent(pooled), new http.Agent()], address);
      const { default: https } = await import('node:https');
      const { ca, cert, key, verify } = endpoint.tls;
      const tls = { rejectUnauthorized: verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
      const agents = (): Agents => [new https.Agent({ ...pooled, ...tls }), new https.Agent(tls)];
      return over(endpoint, agents, address, https.request);
    }
  }
}

/** The pool, and the one for what takes none from it. */
type Agents = readonly [pool: http.Agent, fresh: http.Agent];

/** @param make the agents, once something is asked that plain reads cannot ask. */
function over(
  endpoint: Endpoint,
  make: () => Agents,
  address: http.RequestOptions & { servername?: string },
  request: (options: http.RequestOptions) => http.ClientRequest = (options) => http.request(options),
): Dialer {
  let agents: Agents | null = null;
  return {
    endpoint,
    reads: null,
    pipeline: null,
    open: (options, lasting) => {
      const [pool, fresh] = (agents ??= make());
      return request({ ...address, ...options, agent: lasting ? fresh : pool });
    },
  };
}
