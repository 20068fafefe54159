/** The licence texts of every package whose code esbuild put into the bundles, from its metafiles. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c`. */
function packageFolder(input) {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return null;
  const parts = input.slice(at + 'node_modules/'.length).split('/');
  return input.slice(0, at) + path.posix.join('node_modules', ...parts.slice(0, parts[0].startsWith('@') ? 2 : 1));
}

async function notice(root, folder) {
  const about = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8'));
  const names = (await readdir(path.join(root, folder)))
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(root, folder, name), 'utf8')));
  const licence =
    typeof about.license === 'string' ? about.license : JSON.stringify(about.license ?? about.licenses ?? 'unknown');
  return {
    title: `${about.name} ${about.version} (${licence})`,
    text: texts.join('\n').trim() || 'No licence text in the package.',
  };
}

export async function licenses(root, metafiles) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const input of Object.keys(inputs)) {
        const folder = packageFolder(input);
        if (folder && !input.startsWith('left-out:')) folders.add(folder);
      }
    }
  }
  const notices = await Promise.all([...folders].sort().map((folder) => notice(root, folder)));
  notices.sort((a, b) => (a.title < b.title ? -1 : 1));
  const unique = notices.filter((each, index) => each.title !== notices[index - 1]?.title);
  return unique.map(({ title, text }) => `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text}\n`).join('\n');
}
