/**
 * An engine of a test's own, reached as one on another host would be: by TCP with mutual TLS, and by ssh through an sshd
 * of its own on loopback. Data, sockets, keys and addresses lie apart; both are ended by their pid.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { programOf } from './debian.js';
import { TEST_CERTIFICATE, TEST_KEY } from './docker-tls.js';
import { ownBridge } from './own-bridge.js';
import { freePort } from './project.js';

export interface FarEngine {
  dir: string;
  /** Where the engine's own host has it. */
  socket: string;
  /** `tcp://127.0.0.1:PORT`. */
  tcp: string;
  /** Folder with ca.pem, cert.pem and key.pem. */
  certificates: string;
  /** As the environment of a command: through TLS, through ssh. */
  tls: Record<string, string | undefined>;
  ssh: Record<string, string | undefined>;
  end(): Promise<void>;
}

/** What the machine's own environment says of engines is not meant. */
const NOBODY_ELSE = { DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined, DOCKER_TLS_VERIFY: undefined };

export async function farEngine(): Promise<FarEngine> {
  // Below /tmp may lie what overlayfs cannot lie on.
  const dir = await mkdtemp('/var/lib/toolcrib-test-far-');
  const certificates = join(dir, 'certificates');
  await mkdir(certificates);
  // Its own authority, good for either side.
  for (const name of ['ca.pem', 'cert.pem']) await writeFile(join(certificates, name), TEST_CERTIFICATE);
  await writeFile(join(certificates, 'key.pem'), TEST_KEY);
  const port = await freePort();
  const socket = join(dir, 'docker.sock');
  const bridge = ownBridge();
  const dockerd = await startDockerd(dir, certificates, socket, port, bridge.name);
  const sshd = await startSshd(dir);
  const tcp = `tcp://127.0.0.1:${port}`;
  const common = { ...NOBODY_ELSE, TOOLCRIB_ENGINE_SOCKET: socket };
  return {
    dir,
    socket,
    tcp,
    certificates,
    tls: { ...common, DOCKER_HOST: tcp, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates },
    ssh: { ...common, DOCKER_HOST: `ssh://crib${socket}`, PATH: `${join(dir, 'bin')}:${process.env.PATH ?? ''}` },
    end: async () => {
      await ended(sshd);
      await ended(dockerd);
      bridge.remove();
      await rm(dir, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function startDockerd(
  dir: string,
  certificates: string,
  socket: string,
  port: number,
  bridge: string,
): Promise<ChildProcess> {
  await writeFile(join(dir, 'daemon.json'), '{}');
  const files = ['ca', 'cert', 'key'].map(
    (name) => `--tls${name === 'ca' ? 'cacert' : name}=${certificates}/${name}.pem`,
  );
  const apart = [`--bridge=${bridge}`, '--iptables=false', '--ip6tables=false'];
  const places = [
    `--config-file=${dir}/daemon.json`,
    `--data-root=${dir}/data`,
    `--exec-root=${dir}/exec`,
    `--pidfile=${dir}/docker.pid`,
  ];
  const hosts = [`--host=unix://${socket}`, `--host=tcp://127.0.0.1:${port}`, '--tlsverify', ...files];
  const child = start('dockerd', [...places, ...hosts, ...apart], join(dir, 'dockerd.log'));
  await until(child, join(dir, 'dockerd.log'), () => answers(socket));
  return child;
}

/** One user, one key; and an `ssh` that calls the system's own with a configuration that knows it. */
async function startSshd(dir: string): Promise<ChildProcess> {
  const sshd = programOf('sshd', 'openssh-server');
  await mkdir('/run/sshd', { recursive: true });
  const port = await freePort();
  for (const name of ['host', 'user', 'stranger'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
  await writeFile(
    join(dir, 'sshd_config'),
    `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${dir}/host\nPidFile ${dir}/sshd.pid\nAuthorizedKeysFile ${dir}/user.pub\n` +
      'StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n',
  );
  const known = (await readFile(join(dir, 'host.pub'), 'utf8')).trim();
  const stranger = (await readFile(join(dir, 'stranger.pub'), 'utf8')).trim();
  await writeFile(join(dir, 'known'), `crib ${known}\nother ${stranger}\n`);
  await writeFile(
    join(dir, 'ssh_config'),
    ['crib', 'other'].map((name) => `Host ${name}\n  HostKeyAlias ${name}\n`).join('') +
      `Host *\n  HostName 127.0.0.1\n  Port ${port}\n  User root\n  IdentityFile ${dir}/user\n  IdentitiesOnly yes\n` +
      `  UserKnownHostsFile ${dir}/known\n  StrictHostKeyChecking yes\n  BatchMode yes\n`,
  );
  await mkdir(join(dir, 'bin'));
  // ssh reads the configuration of the user's own folder, whatever HOME says.
  await writeFile(join(dir, 'bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${dir}/ssh_config "$@"\n`);
  await chmod(join(dir, 'bin/ssh'), 0o755);
  const child = start(sshd, ['-D', '-e', '-f', join(dir, 'sshd_config')], join(dir, 'sshd.log'));
  await until(child, join(dir, 'sshd.log'), async () =>
    (await readFile(join(dir, 'sshd.log'), 'utf8')).includes('listening'),
  );
  return child;
}

function start(program: string, args: string[], log: string): ChildProcess {
  return spawn('sh', ['-c', `exec "$0" "$@" >${log} 2>&1`, program, ...args], { stdio: 'ignore' });
}

async function until(child: ChildProcess, log: string, ready: () => Promise<boolean>): Promise<void> {
  for (let again = 0; again < 600; again += 1) {
    if (await ready().catch(() => false)) return;
    if (child.exitCode !== null) break;
    await pause(100);
  }
  throw new Error(`${child.spawnargs[3]} does not answer:\n${(await readFile(log, 'utf8')).slice(-3000)}`);
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

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
