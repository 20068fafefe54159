/** Connections that fail, said so that one knows what to do about this endpoint. */
import { Failure, problem } from '../diagnostics/failure.js';
import type { Endpoint } from './endpoint.js';

export class DeadlineError extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs / 1000} s`);
  }
}

export function unreachable(error: unknown, endpoint: Endpoint): Failure {
  if (error instanceof Failure) return error;
  const why = error instanceof Error ? reasonOf(error) : String(error);
  return new Failure([
    problem(
      'engine_unreachable',
      `The engine at ${endpoint.url} (from ${sourceOf(endpoint)}) does not answer: ${why.replace(/\.$/, '')}.`,
      fixFor(error, endpoint),
    ),
  ]);
}

function sourceOf(endpoint: Endpoint): string {
  return endpoint.from === 'default' ? 'Docker’s default' : endpoint.from;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function reasonOf(error: Error): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'the socket is not there';
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not open the socket';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host’s name cannot be resolved';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'it closed the connection';
    default:
      // Several addresses were tried (AggregateError): the message itself is empty.
      return error.message || codeOf(error) || error.name;
  }
}

function fixFor(error: unknown, endpoint: Endpoint): string {
  const other = 'or set DOCKER_HOST (or choose a context with `docker context use`) to another engine';
  switch (endpoint.type) {
    case 'unix':
      return codeOf(error) === 'EACCES'
        ? `Run as root or as a user of the group \`docker\`, ${other}.`
        : `Start Docker (\`systemctl start docker\`, or Docker Desktop), ${other}.`;
    case 'ssh':
      return `Make \`ssh ${endpoint.user ? `${endpoint.user}@` : ''}${endpoint.host} docker version\` work without a password, ${other}.`;
    case 'tcp':
      return `Check that the engine listens there${
        endpoint.tls
          ? ' and that its certificates in DOCKER_CERT_PATH are right'
          : ' without TLS (else set DOCKER_TLS_VERIFY=1)'
      }, ${other}.`;
  }
}
