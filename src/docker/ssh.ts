/**
 * A connection to an engine on another host: the system's `ssh` runs `docker system dial-stdio` there, as Docker's
 * CLI does, so that known hosts, keys, agents and ~/.ssh/config count. The stream looks enough like a socket for node:http.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import type { Endpoint, Environment } from './endpoint.js';

type SshEndpoint = Extract<Endpoint, { type: 'ssh' }>;

const KEPT_WORDS = 2_000;

export function sshArguments(endpoint: SshEndpoint): string[] {
  return [
    ...(endpoint.user ? ['-l', endpoint.user] : []),
    ...(endpoint.port ? ['-p', endpoint.port] : []),
    '-T',
    '-o',
    'ConnectTimeout=10',
    '--',
    endpoint.host,
    'docker',
    ...(endpoint.socket ? ['--host', `unix://${endpoint.socket}`] : []),
    'system',
    'dial-stdio',
  ];
}

export class SshConnection extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #words = '';

  constructor(endpoint: SshEndpoint, env: Environment) {
    super({ allowHalfOpen: false });
    this.#child = spawn('ssh', sshArguments(endpoint), { stdio: 'pipe', env: { ...env } });
    this.#child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.#child.stdout.pause();
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#words = `${this.#words}${chunk.toString()}`.slice(-KEPT_WORDS);
    });
    this.#child.stdin.on('error', () => undefined); // its cause arrives as the child's exit
    this.#child.on('error', (error) => this.destroy(new Error(`ssh could not be started: ${error.message}`)));
    // Not at the end of stdout: only the exit tells whether that was an end or a failure.
    this.#child.on('close', (code) => {
      if (!code) this.push(null);
      else this.destroy(new Error(`ssh ended with ${code}: ${this.#words.trim() || 'it said nothing'}`));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#child.stdin.destroy();
    this.#child.kill();
    done(error);
  }

  // What node:http calls on sockets. Idle connections must not keep the process alive.
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    this.#child.ref();
    for (const pipe of this.#pipes()) pipe.ref();
    return this;
  }

  unref(): this {
    this.#child.unref();
    for (const pipe of this.#pipes()) pipe.unref();
    return this;
  }

  /** A child's pipes are sockets, though their type doesn't say so. */
  #pipes(): Socket[] {
    return [this.#child.stdin, this.#child.stdout, this.#child.stderr].filter((pipe) => pipe instanceof Socket);
  }
}
