/** Volumes, made together with the seed container that gives their top folder its owner. */
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { LABEL } from '../model/labels.js';
import type { ContainerInspect, VolumeInspect } from '../model/inspect.js';
import type { Api } from './api.js';
import { isConflict, isNotFound } from './errors.js';

type VolumeCalls = Pick<Engine, 'listVolumes' | 'inspectVolume' | 'createVolume' | 'removeVolume'>;
type Volume = Parameters<Engine['createVolume']>[0];
type Seed = Parameters<Engine['createVolume']>[1];
type Containers = Pick<Engine, 'inspectContainer' | 'removeContainer' | 'writeArchive'>;

/** Where the seed mounts the volume: its parent is written to, because an archive sets owners of what lies inside it only. */
const SEED_FOLDER = '/seed';
const SEED_MOUNT = 'v';
const SEED_ATTEMPTS = 3;

export function volumeCalls(api: Api, containers: Containers): VolumeCalls {
  const inspect = (name: string): Promise<VolumeInspect | null> =>
    api.find<VolumeInspect>({ method: 'GET', path: `/volumes/${encodeURIComponent(name)}` });
  return {
    async listVolumes(labels) {
      const query = { filters: JSON.stringify({ label: labels }) };
      const answer = await api.json<{ Volumes: VolumeInspect[] | null }>({ method: 'GET', path: '/volumes', query });
      return answer.Volumes ?? [];
    },
    inspectVolume: inspect,
    async createVolume(volume, seed) {
      checkOwner(volume, await inspect(volume.name));
      const [uid, gid] = ownerOf(volume.owner);
      const id = await createSeed(api, containers, volume, seed);
      // The engine never makes a volume exclusively: another project may have been quicker.
      const live = await inspect(volume.name);
      if (!isOwn(volume, live)) await containers.removeContainer(id);
      checkOwner(volume, live);
      // Where this fails the seed stays: it tells the next plan that the owner was never set.
      await containers.writeArchive(id, SEED_FOLDER, [
        { path: `${SEED_MOUNT}/`, content: Buffer.alloc(0), mode: 0o755, uid, gid },
      ]);
      await containers.removeContainer(id);
    },
    async removeVolume(name) {
      try {
        await api.call({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}` });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
  };
}

/**
 * The container's creation makes the volume too: at no moment is there a volume of ours with the wrong owner and no
 * seed beside it to tell so. It is never started; one that an interrupted command left is used again.
 */
async function createSeed(api: Api, containers: Containers, volume: Volume, seed: Seed): Promise<string> {
  const json = seedBody(volume, seed);
  const call = { method: 'POST', path: '/containers/create', query: { name: seed.name }, json } as const;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await api.json<{ Id: string }>(call)).Id;
    } catch (error) {
      if (!isConflict(error) || attempt === SEED_ATTEMPTS) throw error;
      const old = await containers.inspectContainer(seed.name);
      if (old && !isSameProject(old, seed)) throw error;
      if (old && isSeedOf(old, volume)) return old.Id;
      if (old) await containers.removeContainer(old.Id);
    }
  }
}

function isSeedOf(container: ContainerInspect, volume: Volume): boolean {
  const target = `${SEED_FOLDER}/${SEED_MOUNT}`;
  const mounts = container.Mounts?.some((each) => each.Name === volume.name && each.Destination === target && each.RW);
  return container.State.Status === 'created' && mounts === true;
}

function seedBody(volume: Volume, seed: Seed): Record<string, unknown> {
  return {
    Image: seed.image,
    Entrypoint: ['never-started'],
    Cmd: [],
    User: '65532:65532',
    Labels: seed.labels,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none', Config: {} },
      Mounts: [
        {
          Type: 'volume',
          Source: volume.name,
          Target: `${SEED_FOLDER}/${SEED_MOUNT}`,
          VolumeOptions: { NoCopy: true, Labels: volume.labels, DriverConfig: { Name: 'local' } },
        },
      ],
    },
  };
}

function isSameProject(container: ContainerInspect, seed: Seed): boolean {
  const id = seed.labels[LABEL.projectId];
  return id !== undefined && container.Config.Labels?.[LABEL.projectId] === id;
}

function isOwn(volume: Volume, live: VolumeInspect | null): boolean {
  return !live || live.Labels?.[LABEL.projectId] === volume.labels[LABEL.projectId];
}

function checkOwner(volume: Volume, live: VolumeInspect | null): void {
  if (!live || isOwn(volume, live)) return;
  fail(
    'project_conflict',
    `The engine has a volume ${volume.name} that this project did not make (${live.Labels?.[LABEL.projectId] ?? 'it bears no project id'}).`,
    'Rename the project, or remove that volume with `docker volume rm` if nobody needs what is in it.',
  );
}

function ownerOf(owner: string): [number, number] {
  const match = /^(\d+):(\d+)$/.exec(owner);
  if (!match) throw new Error(`a volume's owner must be uid:gid, not ${owner}`);
  return [Number(match[1]), Number(match[2])];
}
