/** A project in a folder of its own, loaded as a command would load it. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LoadedConfig, LoadOptions } from '../../src/config/load.js';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/config.js';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { ruleProblems } from '../../src/policy/rule.js';

export const ID = '7c1f0a52-3c5e-4f0e-9a35-0d6f4b1f6f11';
export const NOW = new Date('2026-11-22T12:00:00Z');

/** A valid beginning; 4 lines. */
export const HEAD = `version: 1
toolbox: main
project: {name: acme, id: ${ID}}

`;

export async function folder(files: Record<string, string | Buffer> = {}): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'toolcrib-config-')));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
  return dir;
}

export function load(dir: string, options: Partial<LoadOptions> = {}): Promise<LoadedConfig> {
  return loadConfig({
    dir,
    files: [],
    variables: {},
    variableFiles: [],
    env: {},
    version: '1.2.3',
    now: NOW,
    environment: null,
    checkMounts: () => true,
    ruleProblems: async () => ruleProblems,
    ...options,
  });
}

/** Of one toolbox.yaml, as `severity code file:line:column`. */
export async function problems(text: string | Buffer, options: Partial<LoadOptions> = {}): Promise<string[]> {
  return (await load(await folder({ 'toolbox.yaml': text }), options)).diagnostics.map(place);
}

/** Of one toolbox.yaml that has exactly one. */
export async function only(
  text: string | Buffer,
  options: Partial<LoadOptions> = {},
): Promise<Diagnostic & { place: string }> {
  const { config, diagnostics } = await load(await folder({ 'toolbox.yaml': text }), options);
  const [first, ...more] = diagnostics;
  if (!first || more.length > 0) throw new Error(`not one diagnostic: ${JSON.stringify(diagnostics.map(place))}`);
  if ((config === null) !== (first.severity === 'error')) throw new Error('an error and a config, or neither');
  return { ...first, place: place(first) };
}

/** Of a valid project. */
export async function valid(dir: string, options: Partial<LoadOptions> = {}): Promise<Config> {
  const { config, diagnostics } = await load(dir, options);
  if (!config) throw new Error(diagnostics.map((each) => `${place(each)} ${each.detail}`).join('\n'));
  return config;
}

export function place({ severity, code, range }: Diagnostic): string {
  const where = range ? ` ${range.file}:${range.start.line}:${range.start.column}` : '';
  return `${severity} ${code}${where}`;
}
