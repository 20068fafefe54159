/** Connections to an endpoint: a bounded pool that is kept alive for short calls, and fresh ones for streams. */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Endpoint, Environment } from './endpoint.js';
import { SshConnection } from './ssh.js';

/** As many short calls as run at once; the engine gains nothing from more. */
export const POOL = 16;

export interface Dialer {
  endpoint: Endpoint;
  /** Opens a request. `lasting`: it holds its connection for long (attach, logs, wait), so it takes none from the pool. */
  open(options: http.RequestOptions, lasting: boolean): http.ClientRequest;
}

export function createDialer(endpoint: Endpoint, env: Environment): Dialer {
  const pooled = { keepAlive: true, maxSockets: POOL, maxFreeSockets: POOL };
  switch (endpoint.type) {
    case 'unix':
      return over(endpoint, new http.Agent(pooled), new http.Agent(), { socketPath: endpoint.path });
    case 'ssh':
      return over(endpoint, new SshAgent(endpoint, env, pooled), new SshAgent(endpoint, env, {}), {});
    case 'tcp': {
      const address = { host: endpoint.host, port: endpoint.port };
      if (!endpoint.tls) return over(endpoint, new http.Agent(pooled), new http.Agent(), address);
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
  address: http.RequestOptions,
  request: (options: http.RequestOptions) => http.ClientRequest = http.request,
): Dialer {
  return {
    endpoint,
    open: (options, lasting) => request({ ...address, ...options, agent: lasting ? fresh : pool }),
  };
}

class SshAgent extends http.Agent {
  constructor(
    private readonly endpoint: Extract<Endpoint, { type: 'ssh' }>,
    private readonly env: Environment,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(): Duplex {
    return new SshConnection(this.endpoint, this.env);
  }
}
