/**
 * Starts the proxy or the bridge and waits until it says that it is there: one that ends at once would be started over
 * and over by the engine, and where there is no server to gate, nobody would notice. The sign is a file that each writes
 * when it listens; that it is another than before, and not when it was written, because no two clocks are compared.
 */
import { Failure, problem } from '../diagnostics/failure.js';
import type { ReadEngine } from '../engine/engine.js';
import type { ContainerInspect } from '../model/inspect.js';
import type { Rehearsed, Step } from '../plan/plan.js';
import { asLastWords, ownLastWords } from './last-words.js';
import type { Progressing } from './progressing.js';
import { poll } from './wait.js';

/** Seconds that the proxy and the bridge may take until they listen. */
export const START_SECONDS = 30;

const SIGNS: Record<Rehearsed, { path: string; doing: string }> = {
  bridge: { path: '/run/toolcrib/bridge.sock', doing: 'offers its socket' },
  proxy: { path: '/var/lib/toolcrib/ack/ack.json', doing: 'says what it enforces' },
};

export async function startSystem(
  step: Extract<Step, { do: 'start-container' }>,
  address: Rehearsed,
  id: string,
  run: Progressing,
): Promise<void> {
  const { engine } = run.ports;
  const seconds = run.ports.timeoutSeconds ?? START_SECONDS;
  const [before, sign] = await Promise.all([engine.inspectContainer(id), signOf(address, id, engine)]);
  await engine.startContainer(id);
  // By the engine's own doing it runs already: nothing new is to be waited for.
  if (before?.State.Status === 'running') return;
  run.tell(step, `waiting until it ${SIGNS[address].doing}`, seconds);
  const outcome = await poll(seconds, null, async () => {
    const now = await engine.inspectContainer(id);
    if (!now || hasEnded(now, before)) return { ended: now };
    return (await signOf(address, id, engine)) === sign ? undefined : 'there';
  });
  if (outcome === 'there') return void run.upSince.set(id, performance.now());
  const why = outcome
    ? endedHow(outcome.ended, 'at once')
    : `within ${seconds} s it did not come to where it ${SIGNS[address].doing}`;
  throw await crashed(address, `was started, and ${why}`, id, engine);
}

export async function crashed(address: Rehearsed, what: string, id: string, engine: ReadEngine): Promise<Failure> {
  const words = await ownLastWords(engine, id).catch(() => []);
  return new Failure([
    problem(
      'system_crashed',
      `The ${address} ${what}.${asLastWords(words)}`,
      'Mend what it says, and run `toolcrib apply` again: it continues from here.',
      { address },
    ),
  ]);
}

/** The engine starts it again by itself, so that it may run at the moment of looking. */
export function hasEnded({ State, RestartCount = 0 }: ContainerInspect, before: ContainerInspect | null): boolean {
  if (RestartCount > (before?.RestartCount ?? 0)) return true;
  return State.Status === 'exited' || State.Status === 'dead' || State.Status === 'restarting';
}

export function endedHow(ended: ContainerInspect | null, when: string): string {
  if (!ended) return 'was removed while it was waited for';
  // Its end is forgotten as soon as the engine has started it again.
  if (ended.State.Status === 'running') return `ended ${when}, again and again`;
  const memory = ended.State.OOMKilled ? ': its memory was not enough' : '';
  return `ended ${when}, with exit code ${ended.State.ExitCode}${memory}`;
}

async function signOf(address: Rehearsed, id: string, engine: ReadEngine): Promise<string | null> {
  const found = await engine.statArchive(id, SIGNS[address].path);
  return found && `${found.size} ${found.modified}`;
}
