/** The floors of src/ hold, and the rules that hold them bite: each is broken once on purpose. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const config = path.join(root, '.dependency-cruiser.cjs');
const cruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

/** What dependency-cruiser finds wrong below `src/` of a folder. */
function violations(cwd: string): Promise<Violation[]> {
  return new Promise((resolve, reject) => {
    const args = [cruiser, '--config', config, '--output-type', 'json', 'src'];
    execFile(process.execPath, args, { cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (stdout === '') reject(error ?? new Error(stderr));
      else resolve((JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations);
    });
  });
}

describe('floors', () => {
  it('hold in src/', async () => {
    const found = (await violations(root)).map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
    expect(found).toEqual([]);
  });

  it('have a place for every folder of src/', async () => {
    const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: { name: string }[] };
    const known = forbidden.flatMap(({ name }) => /^floor-\d-(.*)$/.exec(name)?.slice(1) ?? []);
    const folders = (await readdir(path.join(root, 'src'), { withFileTypes: true })).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map((entry) => entry.name).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('a rule reports', () => {
  const broken: { what: string; rule: string; files: Record<string, string> }[] = [
    {
      what: 'an import from a higher floor',
      rule: 'floor-1-model',
      files: { 'model/a.ts': `export { b } from '../config/b.js';`, 'config/b.ts': 'export const b = 1;' },
    },
    {
      what: 'a type import from a higher floor',
      rule: 'floor-0-diagnostics',
      files: {
        'diagnostics/a.ts': `import type { B } from '../model/b.js';\nexport type A = B;`,
        'model/b.ts': 'export type B = 1;',
      },
    },
    {
      what: 'an import across a floor',
      rule: 'floor-2-plan',
      files: { 'plan/a.ts': `export { b } from '../policy/b.js';`, 'policy/b.ts': 'export const b = 1;' },
    },
    {
      what: 'a lazy import from a higher floor',
      rule: 'floor-3-docker',
      files: {
        'docker/a.ts': `export const a = () => import('../workflow/b.js');`,
        'workflow/b.ts': 'export const b = 1;',
      },
    },
    {
      what: 'an import of an entry point',
      rule: 'floor-6-cli',
      files: { 'cli/a.ts': `export { b } from '../main.js';`, 'main.ts': 'export const b = 1;' },
    },
    {
      what: 'a circle',
      rule: 'no-cycle',
      files: {
        'model/a.ts': `import { b } from './b.js';\nexport const a = () => b;`,
        'model/b.ts': `import { a } from './a.js';\nexport const b = () => a;`,
      },
    },
    {
      what: 'a circle of types',
      rule: 'no-cycle',
      files: {
        'model/a.ts': `import type { B } from './b.js';\nexport type A = B | 1;`,
        'model/b.ts': `import type { A } from './a.js';\nexport type B = A | 2;`,
      },
    },
    {
      what: 'a folder without a floor',
      rule: 'has-a-floor',
      files: { 'utils/a.ts': `export { b } from '../model/b.js';`, 'model/b.ts': 'export const b = 1;' },
    },
    {
      what: 'a room of the proxy that looks where it should not',
      rule: 'proxy-room-message',
      files: {
        'proxy/message/a.ts': `export { b } from '../calls/b.js';`,
        'proxy/calls/b.ts': 'export const b = 1;',
      },
    },
    ...['config', 'compile', 'plan', 'docker'].map((folder) => ({
      what: `${folder}/ in the proxy`,
      rule: 'proxy-knows-only-policy',
      files: { 'proxy/a.ts': `export { b } from '../${folder}/b.js';`, [`${folder}/b.ts`]: 'export const b = 1;' },
    })),
    ...['node:fs', 'node:fs/promises', 'node:child_process', 'node:http', 'net'].map((module) => ({
      what: `${module} in a pure folder`,
      rule: 'pure',
      files: { 'policy/a.ts': `import * as it from '${module}';\nexport const a = it;` },
    })),
    {
      what: 'an import of what is not there',
      rule: 'resolvable',
      files: { 'model/a.ts': `export { b } from './gone.js';` },
    },
  ];

  // All in one tree, each with file names of its own: dependency-cruiser takes a second to start.
  const numbered = (text: string, index: number): string => text.replace(/\b([ab])\.(ts|js)\b/g, `$1${index}.$2`);
  let found: Violation[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'toolcrib-floors-'));
    await cp(path.join(root, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    for (const [index, { files }] of broken.entries()) {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(folder, 'src', numbered(name, index));
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, `${numbered(content, index)}\n`);
      }
    }
    found = await violations(folder);
    await rm(folder, { recursive: true, force: true });
  });

  it.each(broken.map((each, index) => ({ ...each, index })))('$what', ({ rule, files, index }) => {
    const names = Object.keys(files).map((name) => `src/${numbered(name, index)}`);
    expect(found.filter(({ from }) => names.includes(from)).map((each) => each.rule.name)).toContain(rule);
  });
});
