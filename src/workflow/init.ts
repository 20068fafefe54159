/** `toolcrib init`: a first toolbox.yaml, and what it refers to. Overwrites nothing. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail } from '../diagnostics/failure.js';
import { NAME_PATTERN } from '../model/address.js';
import type { Context } from './context.js';

export interface Initialised {
  name: string;
  id: string;
  /** Written, in order; relative to the folder. */
  files: string[];
}

const SAMPLE = 'docs/welcome.md';
const WELCOME = `# Welcome
The file server of toolbox.yaml may read this folder, and nothing else of this machine.
`;

/** @param name of the project; null: after the folder. */
export async function init(context: Context, name: string | null): Promise<Initialised> {
  const chosen = name === null ? nameOfFolder(context.dir) : checkName(name);
  const id = randomUUID();
  const { toolboxTemplate } = await import('../config/template.js');
  const text = toolboxTemplate({ name: chosen, id, toolbox: chosen });
  await mkdir(context.dir, { recursive: true });
  const written: string[] = [];
  if (!(await create(context.dir, 'toolbox.yaml', text))) {
    fail(
      'file_exists',
      `${join(context.dir, 'toolbox.yaml')} is there already, and init overwrites nothing.`,
      'Edit that file, or run `toolcrib init` in another folder (`-C DIR`).',
    );
  }
  written.push('toolbox.yaml');
  if (text.includes('./docs') && (await createSample(context.dir))) written.push(SAMPLE);
  return { name: chosen, id, files: written };
}

async function createSample(dir: string): Promise<boolean> {
  await mkdir(join(dir, 'docs'), { recursive: true });
  return create(dir, SAMPLE, WELCOME);
}

/** False where it is there already. */
async function create(dir: string, file: string, text: string): Promise<boolean> {
  try {
    await writeFile(join(dir, file), text, { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    const words = cause instanceof Error ? cause.message : String(cause);
    return fail(
      'file_unreadable',
      `${file} cannot be written: ${words}.`,
      'Choose a folder that you may write to (`-C DIR`).',
    );
  }
}

function checkName(name: string): string {
  if (NAME_PATTERN.test(name)) return name;
  return fail(
    'invalid_name',
    `\`${name}\` cannot name a project: lower case letters, digits and hyphens, at most 40, starting with a letter.`,
    `Use for example \`--name ${fold(name) || 'my-tools'}\`.`,
  );
}

/** A folder may be called anything; what is left of its name, or a plain one. */
function nameOfFolder(dir: string): string {
  return fold(basename(dir)) || 'my-tools';
}

function fold(text: string): string {
  const folded = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '');
  return folded.slice(0, 40).replace(/-+$/, '');
}
