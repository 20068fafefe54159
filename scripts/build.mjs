/**
 * src/ → dist/: two programs, `toolcrib.cjs` (the command line) and `role.js` (what runs in the system containers),
 * with no dependency left to install. They are bundled apart, so that a change of the command line alone leaves the
 * role's files, and with them the running proxy and bridge, as they are.
 *
 *   dist/toolcrib.cjs, dist/program.cjs   the command line: the entry point, and the rest as one script, whose compiled
 *                                         form can be kept (src/built-program.ts)
 *   dist/role.js, dist/role-chunks/       the container roles; each loads only its own
 *   dist/PACKAGE.cjs, …chunks/…           what only some runs need (`…-library.ts`, APART)
 *   dist/manifest.json                    {version, digest, role: [path], files: {path: "sha256:…"}}
 *   dist/THIRD-PARTY-LICENSES.txt         of every package whose code is in there
 *
 * `digest` is over the role's files alone: it names the system image.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licenses } from './licenses.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');

/**
 * Node shows a CommonJS package's names to `await import('package')`, esbuild only `default`. Asked for lazily, a
 * package therefore goes through a module that names them, so that the bundle behaves as the sources do under test.
 */
const lazyNames = {
  name: 'lazy-names',
  setup(bundle) {
    bundle.onResolve({ filter: /^[^./]/ }, ({ kind, path: name, resolveDir }) => {
      if (kind !== 'dynamic-import' || name.startsWith('node:')) return undefined;
      return { path: name, namespace: 'lazy-names', pluginData: { resolveDir } };
    });
    bundle.onLoad({ filter: /.*/, namespace: 'lazy-names' }, async ({ path: name, pluginData: { resolveDir } }) => {
      const names = Object.keys(await import(name)).filter(
        (each) => /^[A-Za-z_$][\w$]*$/.test(each) && each !== '__esModule',
      );
      return { contents: `export { ${names.join(', ')} } from ${JSON.stringify(name)};`, loader: 'js', resolveDir };
    });
  },
};

/**
 * A package that a `…-library.ts` asks for by `require` is a file of its own beside the chunks: whoever does without it
 * does not even read it.
 */
const libraries = (chunks, found) => ({
  name: 'libraries',
  setup(bundle) {
    bundle.onLoad({ filter: /-library\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const contents = source.replace(/createRequire\(import\.meta\.url\)\('([^']+)'\)/, (_, name) => {
        found.add(name);
        return `require('./${name}.cjs')`;
      });
      if (contents === source) throw new Error(`${file} does not ask for its package as the build knows it`);
      return { contents, loader: 'ts' };
    });
    // Packages have files of such names too: theirs are bundled like everything else.
    bundle.onResolve({ filter: /^\.\/[\w-]+\.cjs$/ }, ({ path: file, importer }) =>
      importer.endsWith('-library.ts') ? { path: file, external: true } : undefined,
    );
    bundle.onEnd(({ metafile }) => {
      for (const [file, { imports }] of Object.entries(metafile.outputs)) {
        const asks = imports.some((each) => each.external && each.path.endsWith('.cjs'));
        if (asks && path.basename(path.dirname(file)) !== chunks) throw new Error(`${file} is not beside its packages`);
      }
    });
  },
});

async function bundleLibrary(name, chunks) {
  const result = await build({
    ...COMMON,
    stdin: { contents: `module.exports = require('${name}');`, resolveDir: root },
    outfile: `dist/${chunks}/${name}.cjs`,
    format: 'cjs',
  });
  return { files: outputs(result), metafile: result.metafile };
}

const COMMON = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Identifiers stay readable: a stack trace from the field must tell something.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  write: false,
  logLevel: 'warning',
};

/** Bundled CommonJS still says `require('node:…')`; ESM has none of its own. */
const banner = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

/** Large packages that a plan does without: in the program's one script, every command would read them. */
const APART = ['ajv', 'semver', 'undici'];

const apart = (found) => ({
  name: 'apart',
  setup(bundle) {
    bundle.onResolve({ filter: new RegExp(`^(${APART.join('|')})$`) }, ({ path: name, namespace }) => {
      if (namespace === 'lazy-names') return undefined;
      found.add(name);
      return { path: `./${name}.cjs`, external: true };
    });
  },
});

/**
 * Node's own modules are loaded by whoever first uses something of them, not by whoever imports them: a plan imports the
 * way to ssh and to pip as well, and Node compiles each module at every start. What every command needs is left alone.
 */
const EVERYBODYS = new Set(['fs', 'path']);

const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(bundle) {
    bundle.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)?$/ }, ({ path: name, namespace, kind }) => {
      const own = name.replace(/^node:/, '');
      if (namespace === 'lazy-builtins' || kind === 'dynamic-import') return undefined;
      return isBuiltin(own) && !EVERYBODYS.has(own) ? { path: own, namespace: 'lazy-builtins' } : undefined;
    });
    bundle.onLoad({ filter: /.*/, namespace: 'lazy-builtins' }, async ({ path: name }) => {
      const module = `node:${name}`;
      const names = Object.keys(await import(module)).filter((each) => each !== 'default');
      return {
        contents: `for (const name of ${JSON.stringify(names)})
  Object.defineProperty(exports, name, { enumerable: true, get: () => require('${module}')[name] });`,
      };
    });
  },
};

/** Commander starts programs for subcommands that are executables of their own. Ours are not: that module is not loaded. */
const noExecutables = {
  name: 'no-executables',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:child_process$/ }, ({ path: name, importer }) =>
      importer.includes(`${path.sep}commander${path.sep}`) ? { path: name, namespace: 'nothing' } : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The command line. The entry point answers `--version` by itself and is all that has to be compiled for it. */
async function bundleProgram() {
  const names = new Set();
  const program = await build({
    ...COMMON,
    stdin: { contents: `export { run } from './src/cli/run.js';`, resolveDir: root, loader: 'ts' },
    outfile: 'dist/program.cjs',
    format: 'cjs',
    // Read as Latin-1, which costs nothing to decode.
    charset: 'ascii',
    plugins: [lazyNames, libraries('dist', names), apart(names), noExecutables, lazyBuiltins],
    // The script is compiled without a way to import(): what is left of it, Node's own modules, is required when asked for.
    supported: { 'dynamic-import': false },
    logOverride: { 'empty-import-meta': 'error' },
  });
  const files = outputs(program);
  files.set('program.cjs', Buffer.from(asFunction(escaped(files.get('program.cjs').toString('utf8')))));
  const entry = await build({
    ...COMMON,
    entryPoints: { toolcrib: 'src/main.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    // Node's loader of ES modules costs every start some milliseconds.
    format: 'cjs',
    banner: { js: `#!/usr/bin/env node\nconst __url = require('node:url').pathToFileURL(__filename).href;` },
    plugins: [builtProgram],
    define: {
      'import.meta.url': '__url',
      PROGRAM_DIGEST: JSON.stringify(createHash('sha256').update(files.get('program.cjs')).digest('hex')),
    },
  });
  const own = await Promise.all([...names].sort().map((each) => bundleLibrary(each, '.')));
  return {
    files: new Map([files, outputs(entry), ...own.map(({ files }) => files)].flatMap((each) => [...each])),
    metafiles: [program.metafile, entry.metafile, ...own.map(({ metafile }) => metafile)],
  };
}

/** esbuild's ASCII leaves regular expressions as they are; an escape means the same there. */
const escaped = (text) =>
  text.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** As src/built-program.ts evaluates it. */
const asFunction = (text) => `(function (exports, require, module, __filename, __dirname) {${text}\n})`;

const builtProgram = {
  name: 'built-program',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/program\.js$/ }, () => ({ path: path.join(root, 'src/built-program.ts') }));
  },
};

async function bundle(entry, name, chunks) {
  const names = new Set();
  const result = await build({
    ...COMMON,
    entryPoints: { [name]: entry },
    outdir: 'dist',
    splitting: true,
    format: 'esm',
    chunkNames: `${chunks}/[name]-[hash]`,
    plugins: [lazyNames, libraries(chunks, names)],
    banner: { js: banner },
  });
  const own = await Promise.all([...names].sort().map((each) => bundleLibrary(each, chunks)));
  return {
    files: new Map([outputs(result), ...own.map(({ files }) => files)].flatMap((each) => [...each])),
    metafiles: [result.metafile, ...own.map(({ metafile }) => metafile)],
  };
}

const outputs = ({ outputFiles }) =>
  new Map(outputFiles.map((file) => [slashed(path.relative(dist, file.path)), Buffer.from(file.contents)]));

const slashed = (file) => file.split(path.sep).join('/');
const sha256 = (data) => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** Each file appears whole or not at all; what an earlier build left behind goes last. */
async function publish(files) {
  for (const [name, content] of files) {
    const target = path.join(dist, name);
    await mkdir(path.dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}`;
    await writeFile(temporary, content);
    if (name === 'toolcrib.cjs') await chmod(temporary, 0o755);
    await rename(temporary, target);
  }
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(slashed(path.relative(dist, file)))) await rm(file, { force: true });
  }
}

const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
for (const entry of ['src/main.ts', 'src/role.ts']) {
  if (!existsSync(path.join(root, entry))) throw new Error(`${entry} is missing, so there is nothing to build`);
}

const [program, role] = await Promise.all([bundleProgram(), bundle('src/role.ts', 'role', 'role-chunks')]).catch(
  (error) => {
    // esbuild has printed what is wrong with the sources; a stack of its own would hide it.
    if (Array.isArray(error.errors)) process.exit(1);
    throw error;
  },
);
// The role's image holds these files alone: without a package.json Node 20 would take them for CommonJS.
role.files.set('package.json', Buffer.from('{ "type": "module" }\n'));

const files = new Map([...program.files, ...role.files]);
files.set('THIRD-PARTY-LICENSES.txt', Buffer.from(await licenses(root, [...program.metafiles, ...role.metafiles])));
const hashes = Object.fromEntries(
  [...files].map(([name, data]) => [name, sha256(data)]).sort(([a], [b]) => (a < b ? -1 : 1)),
);
const roleFiles = [...role.files.keys()].sort();
const manifest = {
  version,
  digest: sha256(roleFiles.map((name) => `${name} ${hashes[name]}\n`).join('')),
  role: roleFiles,
  files: hashes,
};
// Last: whoever sees the manifest sees the files it names.
files.set('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
await publish(files);
