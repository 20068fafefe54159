/** Which program a Python package starts: its console script, or itself as a module (packaging.python.org, *Entry points*). */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { normalName } from '../config/pypi-spec.js';

export interface ConsoleScript {
  name: string;
  /** What Python runs. */
  text: string;
}

/** @param site folder of installed packages. null: `command` must say. */
export async function consoleScript(site: string, name: string): Promise<ConsoleScript | null> {
  const folders = await readdir(site);
  const own = folders.find((each) => normalName(/^(.*?)-[^-]*\.dist-info$/.exec(each)?.[1] ?? '') === name);
  const declared = own === undefined ? '' : await readFile(join(site, own, 'entry_points.txt'), 'utf8').catch(() => '');
  const scripts = scriptsOf(declared);
  const script =
    scripts.find((each) => normalName(each.name) === name) ?? (scripts.length === 1 ? scripts[0] : undefined);
  if (script) return script;
  const module = name.replaceAll('-', '_');
  const runs = await stat(join(site, module, '__main__.py')).catch(() => null);
  return runs
    ? { name, text: `import runpy\nrunpy.run_module(${JSON.stringify(module)}, run_name="__main__", alter_sys=True)\n` }
    : null;
}

const ENTRY = /^([^=]+?)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?$/;

/** An object of a module, called without arguments; what it returns is the exit code. */
export function scriptsOf(entryPoints: string): ConsoleScript[] {
  const scripts: ConsoleScript[] = [];
  let section = '';
  for (const line of entryPoints.split(/\r?\n/).map((each) => each.trim())) {
    section = /^\[(.*)\]$/.exec(line)?.[1]?.trim() ?? section;
    const [, name = '', module = '', object = ''] = ENTRY.exec(line) ?? [];
    if (section !== 'console_scripts' || module === '' || !/^[\w.-]+$/.test(name)) continue;
    const [first = ''] = object.split('.');
    scripts.push({ name, text: `import sys\nfrom ${module} import ${first}\nsys.exit(${object}())\n` });
  }
  return scripts;
}
