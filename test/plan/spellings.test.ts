/** What engines of different ages and people spell otherwise is no difference. */
import { describe, expect, it } from 'vitest';
import type { ContainerInspect } from '../../src/model/inspect.js';
import { LABEL } from '../../src/model/labels.js';
import type { ActualState } from '../../src/model/state.js';
import { planProject } from '../../src/plan/plan-project.js';
import { applySteps } from './support/apply-steps.js';
import { declare } from './support/declare.js';
import { idOf, nothingThere } from './support/engine-model.js';

const compiled = declare({
  servers: { docs: { mounts: [{ volume: 'notes', target: '/notes' }] } },
  volumes: ['notes'],
});
const plan = (actual: ActualState) => planProject(compiled.desired, actual, { version: '0.1.0' }).plan;
const applied = applySteps(plan(nothingThere()), compiled, { actual: nothingThere(), policy: null }).actual;

type Spelling = (inspect: ContainerInspect, actual: ActualState) => void;
const host =
  (set: Partial<ContainerInspect['HostConfig']>): Spelling =>
  (inspect) =>
    void Object.assign(inspect.HostConfig, set);
const config =
  (set: Partial<ContainerInspect['Config']>): Spelling =>
  (inspect) =>
    void Object.assign(inspect.Config, set);

const SAME: [string, string, Spelling][] = [
  ['server.docs', 'capabilities in lower case', host({ CapDrop: ['all'], CapAdd: null })],
  ['server.docs', 'capabilities with a prefix', host({ CapDrop: ['CAP_ALL'] })],
  ['server.docs', 'no new privileges without a value', host({ SecurityOpt: ['no-new-privileges'] })],
  [
    'server.docs',
    'labels that SELinux adds',
    host({ SecurityOpt: ['no-new-privileges:true', 'label=level:s0:c1,c2', 'label=type:svirt_t'] }),
  ],
  ['server.docs', 'a restart policy left empty', host({ RestartPolicy: { Name: '', MaximumRetryCount: 0 } })],
  [
    'server.docs',
    'empty lists left out',
    host({
      Devices: null,
      GroupAdd: null,
      PortBindings: null,
      Sysctls: null,
      DeviceRequests: null,
      MaskedPaths: null,
      ReadonlyPaths: null,
    }),
  ],
  [
    'server.docs',
    'tmpfs options in another order',
    host({ Tmpfs: { '/tmp': 'size=64m,nodev,nosuid,noexec,rw', '/cache/': 'rw,noexec,nosuid,nodev,size=64m' } }),
  ],
  [
    'server.docs',
    'ulimits that the daemon adds',
    host({
      Ulimits: [
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'memlock', Soft: -1, Hard: -1 },
        { Name: 'nofile', Soft: 1024, Hard: 1024 },
      ],
    }),
  ],
  ['server.docs', 'another default runtime', host({ Runtime: 'io.containerd.runc.v2' })],
  ['server.docs', 'environment in another order', (i) => void i.Config.Env?.reverse()],
  ['server.docs', 'a variable that is only named', (i) => void i.Config.Env?.push('HTTP_PROXY')],
  ['server.docs', 'no healthcheck at all', config({ Healthcheck: null })],
  ['server.docs', 'an empty healthcheck', config({ Healthcheck: { Test: [] } })],
  ['server.docs', 'the root as working folder', config({ WorkingDir: '/' })],
  ['server.docs', 'labels that are not ours', (i) => void (i.Config.Labels!['com.example'] = 'x')],
  ['server.docs', 'another image’s inputs', (i) => void (i.Config.Labels![LABEL.inputs] = 'x')],
  [
    'server.docs',
    'a network by its id alone',
    (i) => void (i.NetworkSettings.Networks = { none: { NetworkID: idOf('none'), Aliases: null } }),
  ],
  [
    'server.docs',
    'no network before the first start',
    (i) => void (i.NetworkSettings.Networks = { none: { NetworkID: '' } }),
  ],
  ['server.docs', 'a mount with a mode', (i) => void (i.Mounts![0]!.Propagation = '')],
  [
    'proxy',
    'aliases of API 1.45: none',
    (i) => void (i.NetworkSettings.Networks!['toolcrib.acme.published']!.Aliases = null),
  ],
  [
    'proxy',
    'a network that was renamed by the daemon',
    (i) => {
      const joined = i.NetworkSettings.Networks!['toolcrib.acme.published']!;
      i.NetworkSettings.Networks = { another: joined };
    },
  ],
  [
    'proxy',
    'labels of the image it inherits',
    (i, a) => {
      const own = a.containers.find((each) => each.address === 'proxy')!;
      own.image!.Config!.Labels = { ...own.image!.Config!.Labels, [LABEL.instance]: 'x' };
      i.Config.Labels![LABEL.instance] = 'x';
    },
  ],
];

describe('spellings', () => {
  it.each(SAME)('%s: %s', (address, _what, spell) => {
    const actual = structuredClone(applied);
    spell(actual.containers.find((each) => each.address === address)!.inspect, actual);
    expect(plan(actual).changes.filter((change) => change.action !== 'no-op')).toEqual([]);
  });

  it('on an engine that limits no swap, which writes -1 whatever it is told', () => {
    const actual = structuredClone(applied);
    for (const { inspect } of actual.containers) inspect.HostConfig.MemorySwap = -1;
    expect(plan(actual).steps).not.toEqual([]);
    actual.engine.swapLimit = false;
    expect(plan(actual).steps).toEqual([]);
  });

  it('on an engine that gives ids of manifests to images, as containerd’s store does', () => {
    const actual = structuredClone(applied);
    for (const container of actual.containers) {
      const reference = JSON.parse(container.inspect.Config.Labels![LABEL.applied]!) as { image: string };
      const id = `sha256:${idOf(`manifest of ${reference.image}`)}`;
      container.inspect.Image = id;
      actual.images[reference.image] = { ...actual.images[reference.image]!, Id: id };
      actual.ownImages = actual.ownImages.map((each) => (each.tags.includes(reference.image) ? { ...each, id } : each));
    }
    expect(plan(actual).steps).toEqual([]);
  });
});
