/** External volumes (`volumes: {x: {name: …}}`): what cannot be meant, as far as no engine has to be asked. */
import type { MoveConfig, Pointer, ProjectConfig, VolumeConfig } from './config.js';
import type { Problems } from './declared-file.js';

export function checkExternals(
  volumes: readonly VolumeConfig[],
  moved: readonly MoveConfig[],
  project: ProjectConfig,
  problems: Problems,
): void {
  const first = new Map<string, Pointer>();
  for (const { name, external, at } of volumes) {
    if (external === null) continue;
    const where = { file: at.file, path: [...at.path, 'name'] };
    const other = first.get(external);
    if (other) {
      problems.error(
        'duplicate_name',
        `The engine's volume \`${external}\` is declared at ${problems.words(other)} already.`,
        'Declare it once; any number of servers may mount it.',
        where,
      );
    } else first.set(external, at);
    if (external.startsWith(`toolcrib.${project.name}.`))
      problems.error(
        'volume_owned',
        `\`${external}\` is a name of this project's own: Toolcrib makes and removes what bears it.`,
        `Leave \`name\` out, and \`volume.${name}\` is the project's; or name a volume that somebody else made.`,
        where,
      );
  }
  for (const { to, at } of moved) {
    const external = volumes.find(({ name }) => to === `volume.${name}`)?.external;
    if (external == null) continue;
    problems.error(
      'invalid_move',
      `\`${to}\` is the engine's volume \`${external}\`, whatever it was before: nothing can move there.`,
      'Remove the entry; what the old name stood for stays on the engine.',
      { file: at.file, path: [...at.path, 'to'] },
    );
  }
}
