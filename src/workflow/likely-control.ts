/** Whose `control` a declaration will turn out to speak of, before it is read: a guess, for what is worth beginning early. */
import { findFiles } from '../config/project-files.js';
import { readTextFile } from '../config/text-file.js';
import type { ContainerSummary } from '../engine/engine.js';
import { LABEL } from '../model/labels.js';
import type { Context } from './context.js';

/** The one whose project's id stands in the files as it is written; null: none does, or several. */
export function likelyControl(
  { dir, files }: Pick<Context, 'dir' | 'files'>,
  controls: readonly ContainerSummary[],
): ContainerSummary | null {
  if (controls.length === 0) return null;
  const texts = findFiles(dir, files).files.flatMap(({ absolute, name }) => {
    const read = readTextFile(absolute, name);
    return 'file' in read ? read.file.text : [];
  });
  const found = controls.filter(({ labels }) => {
    const id = labels[LABEL.projectId];
    return id !== undefined && texts.some((text) => text.includes(id));
  });
  const [only, ...others] = found;
  return only && others.length === 0 ? only : null;
}
