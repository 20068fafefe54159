import { describe, expect, test } from 'vitest';
import type { ResolvedContainer } from '../../src/model/container.js';
import { createBody } from '../../src/docker/create-body.js';

const SPEC: ResolvedContainer = {
  image: 'toolcrib/acme/files:ab',
  imageId: 'sha256:abcd',
  entrypoint: ['node', '/app/server.js'],
  cmd: ['/data'],
  env: { B: '2', A: 'x=y' },
  user: '65532:65532',
  workdir: '/app',
  healthcheck: null,
  stdin: true,
  mounts: [
    { type: 'bind', source: '/srv/docs', target: '/data', readonly: true },
    { type: 'volume', source: 'toolcrib.acme.volume.notes', target: '/notes', readonly: false },
  ],
  tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
  capAdd: [],
  capDrop: ['ALL'],
  groupAdd: ['65532'],
  readonlyRootfs: true,
  memory: 268435456,
  nanoCpus: 500000000,
  pids: 64,
  nofile: 1024,
  init: true,
  network: 'none',
  joins: [],
  dns: [],
  ports: [],
  restart: 'no',
  log: { type: 'none', config: {} },
  stopTimeout: 10,
  labels: { 'io.toolcrib.address': 'server.files' },
};

describe('the body of a create', () => {
  test('says every field of a hardened stdio server', () => {
    expect(createBody(SPEC)).toEqual({
      Image: 'sha256:abcd',
      Hostname: 'files',
      User: '65532:65532',
      Env: ['B=2', 'A=x=y'],
      Entrypoint: ['node', '/app/server.js'],
      Cmd: ['/data'],
      WorkingDir: '/app',
      Labels: { 'io.toolcrib.address': 'server.files' },
      Tty: false,
      OpenStdin: true,
      StdinOnce: false,
      StopTimeout: 10,
      Healthcheck: { Test: ['NONE'] },
      ExposedPorts: {},
      NetworkingConfig: { EndpointsConfig: {} },
      HostConfig: {
        Privileged: false,
        CapAdd: [],
        CapDrop: ['ALL'],
        GroupAdd: ['65532'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        Mounts: [
          {
            Type: 'bind',
            Source: '/srv/docs',
            Target: '/data',
            ReadOnly: true,
            BindOptions: { Propagation: 'rprivate' },
          },
          {
            Type: 'volume',
            Source: 'toolcrib.acme.volume.notes',
            Target: '/notes',
            ReadOnly: false,
            VolumeOptions: { NoCopy: true },
          },
        ],
        Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
        Memory: 268435456,
        MemorySwap: 268435456,
        NanoCpus: 500000000,
        PidsLimit: 64,
        Ulimits: [
          { Name: 'nofile', Soft: 1024, Hard: 1024 },
          { Name: 'core', Soft: 0, Hard: 0 },
        ],
        Init: true,
        IpcMode: 'private',
        NetworkMode: 'none',
        PortBindings: {},
        PublishAllPorts: false,
        RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
        LogConfig: { Type: 'none', Config: {} },
        AutoRemove: false,
        Devices: [],
        Dns: [],
      },
    });
  });

  test('joins one network and publishes ports on their addresses', () => {
    const ports = [
      { containerPort: 7411, hostIp: '127.0.0.1', hostPort: 7411 },
      { containerPort: 7411, hostIp: '10.0.0.1', hostPort: 80 },
    ];
    expect(createBody({ ...SPEC, network: 'toolcrib.acme.published', ports })).toMatchObject({
      ExposedPorts: { '7411/tcp': {} },
      NetworkingConfig: { EndpointsConfig: { 'toolcrib.acme.published': {} } },
      HostConfig: {
        NetworkMode: 'toolcrib.acme.published',
        PortBindings: {
          '7411/tcp': [
            { HostIp: '127.0.0.1', HostPort: '7411' },
            { HostIp: '10.0.0.1', HostPort: '80' },
          ],
        },
      },
    });
  });

  test('gives a health check in the engine’s terms', () => {
    const healthcheck = { test: ['CMD', 'ok'], interval: 1e9, timeout: 2e9, startPeriod: 3e9, retries: 4 };
    expect(createBody({ ...SPEC, healthcheck }).Healthcheck).toEqual({
      Test: ['CMD', 'ok'],
      Interval: 1e9,
      Timeout: 2e9,
      StartPeriod: 3e9,
      Retries: 4,
    });
  });

  test('lets the lock’s container end with its client and remove itself', () => {
    expect(createBody(SPEC, { autoRemove: true, stdinOnce: true })).toMatchObject({
      StdinOnce: true,
      HostConfig: { AutoRemove: true },
    });
  });

  test.each([
    [{}, 'toolcrib'],
    [{ 'io.toolcrib.address': 'proxy' }, 'proxy'],
    [{ 'io.toolcrib.address': 'server.Not A Host' }, 'toolcrib'],
  ])('labels %j give the host name %s', (labels, hostname) => {
    expect(createBody({ ...SPEC, labels }).Hostname).toBe(hostname);
  });
});
