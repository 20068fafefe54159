/** The file with `project:`, for whoever adds to it: what is written is the text that was read, with the additions. */
import type { Config } from '../config/config.js';
import { findFiles } from '../config/project-files.js';
import { readTextFile } from '../config/text-file.js';
import { fail } from '../diagnostics/failure.js';
import type { Context } from './context.js';

export interface HomeFile {
  name: string;
  absolute: string;
  text: string;
}

export async function homeFile(context: Context, config: Config): Promise<HomeFile> {
  const { files } = findFiles(context.dir, context.files);
  const home = files.find(({ name }) => name === config.project.at.file);
  const read = home && readTextFile(home.absolute, home.name);
  if (!home || !read || !('file' in read))
    return fail('file_missing', `${config.project.at.file} is gone.`, 'Run the command again.');
  return { ...home, text: read.file.text };
}

/** An editor may have saved it while the engine was asked. */
export function refuseChanged({ name, absolute, text }: HomeFile): void {
  const now = readTextFile(absolute, name);
  if ('file' in now && now.file.text === text) return;
  fail(
    'adopt_refused',
    `${name} was changed meanwhile, so nothing was written: what somebody saved would be lost.`,
    'Run the command again.',
  );
}
