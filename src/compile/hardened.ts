/** The containers that a plan speaks of start from nothing, and say whose they are. */
import type { Address } from '../model/address.js';
import type { ContainerSpec } from '../model/container.js';
import { unprivileged } from '../model/hardened.js';
import { LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';

export function hardened(project: ProjectIdentity, address: Address, image: string): ContainerSpec {
  return {
    ...unprivileged(image),
    labels: { [LABEL.project]: project.name, [LABEL.projectId]: project.id, [LABEL.address]: address },
  };
}
