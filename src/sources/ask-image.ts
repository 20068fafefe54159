/** Asks an image one question: a sealed container runs one command, its output is the answer, and it is gone. */
import { randomUUID } from 'node:crypto';
import type { Attachment } from '../engine/engine.js';
import type { ResolvedContainer } from '../model/container.js';
import { unprivileged } from '../model/hardened.js';
import { engineName, LABEL } from '../model/labels.js';
import type { RuntimeKind } from '../model/lock.js';
import type { Maker } from './maker.js';

const SECONDS = 30;
const LONGEST = 64 * 1024;

export interface Answer {
  stdout: string;
  stderr: string;
}

/** An image without that program answers with the engine's words. */
export async function askImage(
  { engine, project }: Pick<Maker, 'engine' | 'project'>,
  kind: RuntimeKind,
  image: string,
  command: readonly string[],
): Promise<Answer> {
  const labels = {
    [LABEL.project]: project.name,
    [LABEL.projectId]: project.id,
    [LABEL.address]: `image.runtime-${kind}`,
  };
  const name = engineName.probe(project.name, `runtime-${kind}`, randomUUID().slice(0, 8));
  const id = await engine.createContainer(name, { ...sealed(image, command), labels }, { stdinOnce: true });
  try {
    const attachment = await engine.attach(id);
    const answer = answerOf(attachment);
    await engine.startContainer(id);
    return await answer;
  } catch (error) {
    return { stdout: '', stderr: error instanceof Error ? error.message : String(error) };
  } finally {
    await engine.removeContainer(id);
  }
}

function answerOf(attachment: Attachment): Promise<Answer> {
  return new Promise((resolve) => {
    const answer: Answer = { stdout: '', stderr: '' };
    const late = setTimeout(() => {
      answer.stderr += `\nIt did not end within ${SECONDS} s.`;
      attachment.destroy();
    }, SECONDS * 1000);
    attachment.onStdout((chunk) => (answer.stdout = (answer.stdout + chunk.toString()).slice(0, LONGEST)));
    attachment.onStderr((chunk) => (answer.stderr = (answer.stderr + chunk.toString()).slice(-LONGEST)));
    attachment.onClose(() => {
      clearTimeout(late);
      resolve(answer);
    });
  });
}

function sealed(image: string, [program = '', ...args]: readonly string[]): Omit<ResolvedContainer, 'labels'> {
  return {
    ...unprivileged(image),
    imageId: image,
    entrypoint: [program],
    cmd: args,
    user: '65532:65532',
    workdir: '/',
    stdin: true,
    pids: 64,
    stopTimeout: 5,
  };
}
