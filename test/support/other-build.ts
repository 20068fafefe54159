/**
 * Another build of toolcrib: a copy of the built program with some of its text replaced, and another digest, so that
 * its system image is another one.
 */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PROGRAM } from './cli.js';

export interface OtherBuild {
  program: string;
  end(): Promise<void>;
}

/** In the command line, in what runs in the containers, or in both. */
export interface Edit {
  of: 'program' | 'role' | 'both';
  find: string;
  put: string;
}

/** Ours reads nothing that it does not know; this one knows ours, and more. */
export const NEWER_FORM: readonly Edit[] = [
  { of: 'both', find: 'audit:record({durability', put: 'era:{type:"string"},audit:record({durability' },
  { of: 'program', find: 'fixed={format:1,', put: 'fixed={format:1,era:"new",' },
];

export async function otherBuild(name: string, edits: readonly Edit[] = []): Promise<OtherBuild> {
  const dir = await mkdtemp(join(tmpdir(), `toolcrib-build-${name}-`));
  await cp(dirname(PROGRAM), dir, { recursive: true });
  const chunks = await readdir(join(dir, 'role-chunks'));
  const role = ['role.js', ...chunks.map((each) => join('role-chunks', each))].filter((each) => each.endsWith('.js'));
  for (const { of, find, put } of edits) {
    if (of !== 'role') await edit(dir, ['program.cjs'], find, put);
    if (of !== 'program') await edit(dir, role, find, put);
  }
  await stamp(dir, name);
  return { program: join(dir, basename(PROGRAM)), end: () => rm(dir, { recursive: true, force: true }) };
}

async function edit(dir: string, files: readonly string[], find: string, put: string): Promise<void> {
  let found = 0;
  for (const file of files) {
    const text = await readFile(join(dir, file), 'utf8');
    if (!text.includes(find)) continue;
    found += 1;
    await writeFile(join(dir, file), text.replaceAll(find, put));
  }
  if (found === 0) throw new Error(`the build says ${find} nowhere in ${files.join(', ')}`);
}

/** What names the system image, and what the compiled form of the program is kept under. */
async function stamp(dir: string, name: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as { digest: string };
  manifest.digest = `sha256:${sha256(`${manifest.digest} ${name}`)}`;
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
  const was = sha256(await readFile(join(dirname(PROGRAM), 'program.cjs')));
  await edit(dir, [basename(PROGRAM)], was, sha256(await readFile(join(dir, 'program.cjs'))));
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
