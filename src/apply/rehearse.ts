/**
 * A new proxy or bridge cannot run beside the old one: there is one port, and one socket. So that which can be seen
 * beforehand is seen beforehand, in a container like the new one in all but what the two would contend for: its image
 * runs, its memory is enough, it takes the policy in force with its certificate, it can write where it must, and it
 * answers. It meets no server and writes nothing that lasts. Not to be seen is what only the real one meets: a stranger
 * on the port.
 */
import { Failure, problem } from '../diagnostics/failure.js';
import type { ResolvedContainer } from '../model/container.js';
import type { ContainerInspect } from '../model/inspect.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Rehearsed, Step } from '../plan/plan.js';
import { asLastWords, ownLastWords } from './last-words.js';
import type { Progressing } from './progressing.js';
import { poll } from './wait.js';

/** Seconds that a rehearsal may take, its container made and removed included. */
export const REHEARSAL_SECONDS = 60;
const MIB = 1024 * 1024;

/** @param resolved what the new container is made from. */
export async function rehearse(
  step: Extract<Step, { do: 'rehearse' }>,
  resolved: ResolvedContainer,
  run: Progressing,
): Promise<void> {
  const { engine, project } = run.ports;
  const seconds = run.ports.timeoutSeconds ?? REHEARSAL_SECONDS;
  run.tell(step, `waiting until it has proved itself`, seconds);
  const question = { role: step.address, policy: run.newest };
  const name = engineName.rehearsal(project.name, step.address);
  const id = await engine.createContainer(name, rehearsalOf(resolved, project, JSON.stringify(question)));
  try {
    await engine.startContainer(id);
    const ended = await poll(seconds, null, async () => {
      const found = await engine.inspectContainer(id);
      return found?.State.Status === 'exited' || found?.State.Status === 'dead' ? found : undefined;
    });
    if (ended?.State.ExitCode === 0) return;
    const words = await ownLastWords(engine, id).catch(() => []);
    throw new Failure([failed(step.address, why(ended, resolved, seconds), words)]);
  } finally {
    await engine.removeContainer(id).catch(() => undefined); // the next plan sees it
  }
}

/** Whose it is, it says; what it is for, it does not: no address, so that nobody takes it for the one that serves. */
function rehearsalOf(resolved: ResolvedContainer, project: ProjectIdentity, question: string): ResolvedContainer {
  return {
    ...resolved,
    cmd: ['rehearse', question],
    labels: { [LABEL.project]: project.name, [LABEL.projectId]: project.id },
    ports: [],
    joins: [],
    restart: 'no',
    stopTimeout: 1,
  };
}

function why(ended: ContainerInspect | undefined, { memory }: ResolvedContainer, seconds: number): string {
  if (!ended) return `it had not proved itself within ${seconds} s`;
  if (ended.State.OOMKilled) return `its memory of ${Math.round(memory / MIB)} MiB was not enough to start`;
  return `its rehearsal ended with exit code ${ended.State.ExitCode}`;
}

function failed(address: Rehearsed, reason: string, words: readonly string[]) {
  return problem(
    'rehearsal_failed',
    `The new ${address} would not serve: ${reason}. The old one was left as it is, and serves on.${asLastWords(words)}`,
    'Mend what it says, and run `toolcrib apply` again: what is done already stays done.',
    { address },
  );
}
