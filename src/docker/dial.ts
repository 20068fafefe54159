/** Connections to an endpoint: a bounded pool that is kept alive for short calls, and fresh ones for streams. */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Endpoint, Environment } from './endpoint.js';
import type { Reads } from './reads.js';
import { createReads } from './reads.js';

/** As many short calls as run at once; the engine gains nothing from more. */
export const POOL = 16;

export interface Dialer {
  endpoint: Endpoint;
  /** Opens a request. `lasting`: it holds its connection for long (attach, logs, wait), so it takes none from the pool. */
  open(options: http.RequestOptions, lasting: boolean): http.ClientRequest;
  /** A shorter way for plain reads, where there is one. */
  reads: Reads | null;
}

/** Each is a login of its own, and a server of sshd's defaults turns away those that knock at once (`MaxStartups 10`). */
const SSH_POOL = 6;

/** TLS and ssh are loaded only for whoever uses them: a plan over the socket has no time for them. */
export async function createDialer(endpoint: Endpoint, env: Environment): Promise<Dialer> {
  const pooled = { keepAlive: true, maxSockets: POOL, maxFreeSockets: POOL };
  switch (endpoint.type) {
    case 'unix':
      // No server name, or each request would look for one in its headers.
      return {
        ...over(endpoint, new http.Agent(pooled), new http.Agent(), { socketPath: endpoint.path, servername: '' }),
        reads: createReads(endpoint.path, POOL),
      };
    case 'ssh': {
      const { SshConnection } = await import('./ssh.js');
      const dial = (): Duplex => new SshConnection(endpoint, env);
      return over(endpoint, new DialAgent(dial, { ...pooled, maxSockets: SSH_POOL }), new DialAgent(dial, {}), {});
    }
    case 'tcp': {
      const address = { host: endpoint.host, port: endpoint.port };
      if (!endpoint.tls) return over(endpoint, new http.Agent(pooled), new http.Agent(), address);
      const { default: https } = await import('node:https');
      const { ca, cert, key, verify } = endpoint.tls;
      const tls = { rejectUnauthorized: verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
      const agents = [new https.Agent({ ...pooled, ...tls }), new https.Agent(tls)] as const;
      return over(endpoint, ...agents, address, https.request);
    }
  }
}

function over(
  endpoint: Endpoint,
  pool: http.Agent,
  fresh: http.Agent,
  address: http.RequestOptions & { servername?: string },
  request: (options: http.RequestOptions) => http.ClientRequest = http.request,
): Dialer {
  return {
    endpoint,
    reads: null,
    open: (options, lasting) => request({ ...address, ...options, agent: lasting ? fresh : pool }),
  };
}

class DialAgent extends http.Agent {
  constructor(
    private readonly dial: () => Duplex,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(): Duplex {
    return this.dial();
  }
}
