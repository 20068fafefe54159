/** `POST /build`: the classic builder, which every engine has. */
import type { Engine } from '../engine/engine.js';
import type { Api } from './api.js';
import { engineFailure, EngineRefusal } from './errors.js';
import { unreachable } from './unreachable.js';
import { errorIn, progressMessages } from './messages.js';

type Options = Parameters<Engine['buildImage']>[1];

const LAST_LINES = 20;
/** What the classic builder says to a Dockerfile that needs BuildKit. */
const NEEDS_BUILDKIT =
  /requires BuildKit|unknown flag: (mount|security|link|exclude|parents|network|chmod)|Unknown instruction: "?(<<|EOF)/i;

export function buildCalls(api: Api): Pick<Engine, 'buildImage'> {
  return {
    async buildImage(context, options) {
      const lines: string[] = [];
      try {
        const id = await build(api, context, options, lines);
        const other = (await options.meanwhile?.()) ?? null;
        if (other !== null && other !== id) {
          // Nobody knows of it but this build; where it cannot go, the next apply removes it as one without a name.
          await api.call({ method: 'DELETE', path: `/images/${encodeURIComponent(id)}` }).catch(() => undefined);
          return other;
        }
        // Tagged here and not by the builder: a build whose caller died may go on, and must not name anything any more.
        const [, repo = options.tag, tag = 'latest'] = /^(.*):([^:/]+)$/.exec(options.tag) ?? [];
        await api.call({ method: 'POST', path: `/images/${encodeURIComponent(id)}/tag`, query: { repo, tag } });
        return id;
      } catch (error) {
        throw error instanceof EngineRefusal ? buildFailure(options.tag, error.words, lines) : error;
      }
    },
  };
}

async function build(api: Api, context: NodeJS.ReadableStream, options: Options, lines: string[]): Promise<string> {
  const response = await api.stream({
    method: 'POST',
    path: '/build',
    deadlineMs: null,
    query: buildQuery(options),
    body: { type: 'application/x-tar', content: context },
  });
  const tell = (line: string): void => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    options.onLine?.(line);
  };
  let id: string | null = null;
  try {
    for await (const message of progressMessages(response)) {
      const error = errorIn(message);
      if (error !== null) throw buildFailure(options.tag, error, lines);
      if (message.aux?.ID) id = message.aux.ID;
      for (const line of (message.stream ?? message.status ?? '').split('\n'))
        if (line.trim() !== '') tell(line.trimEnd());
    }
  } catch (error) {
    throw unreachable(error, api.dialer.endpoint);
  }
  if (id === null) throw buildFailure(options.tag, 'the engine ended the build without naming an image', lines);
  return id;
}

function buildQuery(options: Options): Record<string, string | boolean | undefined> {
  return {
    labels: JSON.stringify(options.labels),
    networkmode: options.network ? 'default' : 'none',
    buildargs: options.buildArgs && JSON.stringify(options.buildArgs),
    dockerfile: options.dockerfile,
    rm: true,
    forcerm: true,
    version: '1',
  };
}

function buildFailure(tag: string, words: string, lines: readonly string[]): Error {
  if (NEEDS_BUILDKIT.test(words)) {
    return engineFailure(
      'build_failed',
      `${tag}: this Dockerfile needs BuildKit, and toolcrib builds with the engine's classic builder. It said: ${words}`,
      'Write it without BuildKit’s additions (`RUN --mount`, `COPY --link`, here-documents), or build it yourself with `docker buildx build --load` and declare it as `image:`.',
    );
  }
  const log =
    lines.length === 0 ? '' : `\nThe last lines of the build:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return engineFailure(
    'build_failed',
    `${tag}: ${words}${log}`,
    'Mend what the build complains about; a build without `build_network: true` has no network.',
  );
}
