/** How a server can fail the handshake, as diagnostics. */
import { Failure, problem } from '../diagnostics/failure.js';

export function serverRefused(detail: string): Failure {
  return new Failure([problem('server_refused', detail, 'Run a version of the server that speaks MCP as specified.')]);
}

export function serverTimeout(method: string, seconds: number): Failure {
  return new Failure([
    problem(
      'server_timeout',
      `It did not answer ${method} within ${seconds} s.`,
      'Check what it waits for: it runs without network unless declared, and without your files unless mounted.',
    ),
  ]);
}

export function serverExited(reason: string): Failure {
  return new Failure([
    problem('server_exited', reason, 'Read what it said on stderr; check `args`, `env` and `mounts` of the server.'),
  ]);
}

export function badOutput(detail: string): Failure {
  return new Failure([
    problem(
      'server_bad_output',
      detail,
      'stdout of a stdio server carries JSON-RPC messages and nothing else: make it log to stderr.',
    ),
  ]);
}
