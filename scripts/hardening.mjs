/** What must hold of every server's container: from the engine's own description, and seen by a process inside it. */
import { execute } from './engine-api.mjs';

const claim = (text, holds, found) => ({ claim: text, holds: Boolean(holds), found });

/** @param container as the engine's inspect returns it. */
export function outsideProof({ Config, HostConfig: host, Mounts }) {
  const drop = (host.CapDrop ?? []).map((each) => each.toUpperCase());
  const limits = Object.fromEntries((host.Ulimits ?? []).map(({ Name, Soft, Hard }) => [Name, [Soft, Hard].join(':')]));
  const isUser = /^[1-9]\d*(:[1-9]\d*)?$/.test(Config.User);
  const tmp = host.Tmpfs?.['/tmp'] ?? '';
  return [
    claim(
      'all capabilities dropped, none added, not privileged',
      drop.includes('ALL') && !host.CapAdd?.length && !host.Privileged,
      [drop, host.CapAdd],
    ),
    claim(
      'no new privileges; the default seccomp profile stands',
      same(host.SecurityOpt, ['no-new-privileges']),
      host.SecurityOpt,
    ),
    claim(
      'read-only root; /tmp is noexec, nosuid, nodev and bounded',
      host.ReadonlyRootfs && /noexec/.test(tmp) && /nosuid/.test(tmp) && /nodev/.test(tmp) && /size=/.test(tmp),
      tmp,
    ),
    claim(
      'memory, swap, CPU, processes, files and core dumps are limited',
      host.Memory > 0 &&
        host.MemorySwap === host.Memory &&
        host.NanoCpus > 0 &&
        host.PidsLimit > 0 &&
        limits.nofile &&
        limits.core === '0:0',
      { ...limits, memory: host.Memory, swap: host.MemorySwap, cpus: host.NanoCpus, pids: host.PidsLimit },
    ),
    claim(`runs as ${Config.User}, not as root`, isUser, Config.User),
    claim(
      'no network, no ports, no devices, IPC of its own, an init',
      host.NetworkMode === 'none' &&
        !Object.keys(host.PortBindings ?? {}).length &&
        !host.PublishAllPorts &&
        !host.Devices?.length &&
        host.IpcMode === 'private' &&
        host.Init,
      host.NetworkMode,
    ),
    claim(
      'only declared mounts, read-only, and no engine socket',
      Mounts.every((mount) => !mount.RW && !/\.sock$/.test(mount.Source)),
      Mounts,
    ),
    claim('no log on disk: its stdout is the protocol', host.LogConfig.Type === 'none', host.LogConfig),
  ];
}

const same = (one, other) =>
  JSON.stringify((one ?? []).map((each) => each.replace(/:true$/, ''))) === JSON.stringify(other);

/** Runs in the container, by its own Node: what process 1 and a newcomer may do there. Prints JSON. */
function look() {
  const fs = process.getBuiltinModule?.('fs') ?? require('fs');
  const { networkInterfaces } = require('os');
  const { spawnSync } = require('child_process');
  const attempt = (act) => {
    try {
      act();
      return 'done';
    } catch (error) {
      return error.code ?? error.message;
    }
  };
  const status = (pid) =>
    Object.fromEntries(
      fs
        .readFileSync(`/proc/${pid}/status`, 'utf8')
        .split('\n')
        .map((line) => line.split(/:\s+/)),
    );
  const file = '/tmp/toolcrib-probe';
  const exec = attempt(() => {
    fs.writeFileSync(file, '#!/bin/true\n', { mode: 0o755 });
    const { error } = spawnSync(file);
    fs.rmSync(file);
    if (error) throw error;
  });
  const one = status(1);
  const self = status('self');
  return {
    one: { CapEff: one.CapEff, CapBnd: one.CapBnd, NoNewPrivs: one.NoNewPrivs, Seccomp: one.Seccomp, Uid: one.Uid },
    self: {
      CapEff: self.CapEff,
      CapBnd: self.CapBnd,
      NoNewPrivs: self.NoNewPrivs,
      Seccomp: self.Seccomp,
      Uid: self.Uid,
    },
    interfaces: fs
      .readFileSync('/proc/self/net/dev', 'utf8')
      .split('\n')
      .slice(2)
      .map((line) => line.split(':')[0].trim())
      .filter(Boolean),
    addresses: Object.keys(networkInterfaces()),
    writeRoot: attempt(() => fs.writeFileSync('/toolcrib-probe', 'x')),
    rootMount: fs
      .readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === '/'),
    execTmp: exec,
    sockets: ['/var/run/docker.sock', '/run/docker.sock', '/run/toolcrib/bridge.sock'].filter((each) =>
      fs.existsSync(each),
    ),
  };
}

/** @param container running, made from a Node image. */
export async function insideProof(container) {
  const node =
    [container.Config.Entrypoint, container.Config.Cmd].flat().find((word) => /(^|\/)node$/.test(word ?? '')) ?? 'node';
  const seen = JSON.parse(await execute(container.Id, [node, '-e', `console.log(JSON.stringify((${look})()))`]));
  const powerless = ({ CapEff, CapBnd }) => /^0+$/.test(CapEff) && /^0+$/.test(CapBnd);
  const confined = ({ NoNewPrivs, Seccomp }) => NoNewPrivs === '1' && Seccomp === '2';
  const unprivileged = ({ Uid }) => !Uid.split(/\s+/).includes('0');
  return [
    claim('from inside: CapEff and CapBnd are 0', powerless(seen.one) && powerless(seen.self), seen),
    claim(
      'from inside: NoNewPrivs is 1, Seccomp is 2, no uid is 0',
      confined(seen.one) && confined(seen.self) && unprivileged(seen.one) && unprivileged(seen.self),
      seen,
    ),
    claim(
      'from inside: / is mounted read-only and a write is refused',
      /\bro\b/.test(seen.rootMount) && ['EROFS', 'EACCES'].includes(seen.writeRoot),
      seen,
    ),
    claim('from inside: a program in /tmp does not run', ['EACCES', 'EPERM'].includes(seen.execTmp), seen.execTmp),
    claim(
      'from inside: the only network interface is lo',
      seen.interfaces.every((name) => name === 'lo') && seen.addresses.every((name) => name === 'lo'),
      seen.interfaces,
    ),
    claim(
      "from inside: neither the engine's socket nor the bridge's is there",
      seen.sockets.length === 0,
      seen.sockets,
    ),
  ];
}
