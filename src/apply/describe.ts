/** A step in words, for progress and for the list of what was done. */
import type { ContainerUpdate, Stage, Step } from '../plan/plan.js';

const STAGES: Record<Stage, string> = {
  narrow: 'policy: taking away access that goes, at once',
  restrict: 'policy: taking away access that goes',
  candidates: 'policy: presenting new servers to the proxy',
  final: 'policy: putting the declared access in force',
};

export function describe(step: Step): string {
  switch (step.do) {
    case 'image':
      return `${step.address}: making sure the image is there`;
    case 'create-container':
      return `${step.address}: creating ${step.name}`;
    case 'create-network':
    case 'create-volume':
      return `${step.address}: creating ${step.name}`;
    case 'rehearse':
      return `${step.address}: rehearsing generation ${step.generation} beside the one that serves`;
    case 'prove':
      return `${step.address}: proving that generation ${step.generation} stays up`;
    case 'update-container':
      return `${step.address}: updating ${limits(step.set)} in place`;
    case 'update-copies':
      return `${step.address}: updating ${limits(step.set)} of its copies in place`;
    case 'start-container':
      return `${step.address}: starting`;
    case 'stop-container':
      return `${step.address}: stopping ${step.id.slice(0, 12)}`;
    case 'remove-container':
      return `${step.address}: removing ${step.id.slice(0, 12)}`;
    case 'connect-network':
      return `${step.address}: joining ${step.network}`;
    case 'disconnect-network':
      return `${step.address}: leaving network ${step.network.slice(0, 12)}`;
    case 'remove-network':
      return `${step.address}: removing the network`;
    case 'remove-volume':
      return `${step.address}: removing ${step.name}`;
    case 'remove-image':
      return `${step.address}: removing ${step.id.replace('sha256:', '').slice(0, 12)}`;
    case 'policy':
      return STAGES[step.stage];
    case 'gate':
      return `${step.address}: gating generation ${step.generation}`;
  }
}

/** By the names that a declaration has for them. */
function limits(set: ContainerUpdate): string {
  return Object.keys(set)
    .map((name) => (name === 'nanoCpus' ? 'cpus' : name))
    .join(', ');
}
