/** A dockerd of the test's own, for tests that stop and start it: data, sockets and addresses apart from every other. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { ownBridge } from './own-bridge.js';

const READY_MS = 120_000;
const END_MS = 60_000;

export interface OwnEngine {
  /** For DOCKER_HOST. */
  host: string;
  start(): Promise<void>;
  /** As a machine that is shut down does it: containers are stopped first. */
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  end(): Promise<void>;
}

export async function ownEngine(name: string): Promise<OwnEngine> {
  // Below /tmp may lie what overlayfs cannot lie on.
  const folder = await mkdtemp(`/var/lib/toolcrib-test-${name}-`);
  const socket = join(folder, 'docker.sock');
  await writeFile(join(folder, 'daemon.json'), '{}');
  const bridge = ownBridge();
  let daemon: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    await rm(join(folder, 'docker.pid'), { force: true });
    const log = openSync(join(folder, 'dockerd.log'), 'a');
    const paths = [
      '--data-root',
      'data',
      '--exec-root',
      'exec',
      '--pidfile',
      'docker.pid',
      '--config-file',
      'daemon.json',
    ];
    // Another dockerd has the usual bridge, and its own rules of the firewall.
    const apart = [`--bridge=${bridge.name}`, '--iptables=false', '--ip6tables=false'];
    const absolute = paths.map((each) => (each.startsWith('--') ? each : join(folder, each)));
    daemon = spawn('dockerd', ['--host', `unix://${socket}`, ...absolute, ...apart], {
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
    });
    const deadline = Date.now() + READY_MS;
    while (!(await answers(socket))) {
      if (daemon.exitCode !== null || Date.now() > deadline) {
        throw new Error(
          `dockerd does not answer: ${(await readFile(join(folder, 'dockerd.log'), 'utf8')).slice(-2000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  const stop = async (): Promise<void> => {
    const running = daemon;
    daemon = null;
    if (running?.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    running.kill('SIGTERM');
    const timer = setTimeout(() => running.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(timer);
  };

  return {
    host: `unix://${socket}`,
    start,
    stop,
    end: async () => {
      await stop();
      bridge.remove();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/_ping' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}
