/** Part four: how long it takes until something declared serves, images and proxy being there. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { median } from './processes.mjs';
import { AGENT, makeProject } from './project.mjs';

const NEW = 10;
const RUNS = 3;

export async function measureApplies(image, folder, undo, say) {
  const names = Array.from({ length: NEW + 1 }, (_, i) => `s${i + 1}`);
  const project = await makeProject(path.join(folder, 'applies'), `bench-apply-${process.pid}`, image, names);
  undo.push(() => project.end());
  const file = path.join(project.dir, 'toolbox.yaml');
  const all = readFileSync(file, 'utf8');
  const only = (kept) =>
    writeFileSync(
      file,
      without(
        all,
        names.filter((name) => !kept.includes(name)),
      ),
    );
  say(`applies: lock of ${names.length} servers`);
  project.toolcrib('lock');
  const token = project.toolcrib('token', 'issue', AGENT).trim();
  const ten = [];
  const first = [];
  for (let i = 0; i < RUNS; i++) {
    only(['s1']);
    project.toolcrib('apply', '--auto-approve');
    say(`applies: ${NEW} new servers`);
    only(names);
    ten.push(timed(() => project.toolcrib('apply', '--auto-approve')));
    only(names.slice(1));
    project.toolcrib('apply', '--auto-approve');
    only(names);
    const began = performance.now();
    project.toolcrib('apply', '--auto-approve');
    await firstResult(project.port, token);
    first.push(performance.now() - began);
  }
  return [
    { name: `apply of ${NEW} new stdio servers`, ms: median(ten), fastest: Math.min(...ten) },
    {
      name: 'a new stdio server, from `apply` to its first tool result',
      ms: median(first),
      fastest: Math.min(...first),
    },
  ];
}

function timed(work) {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** The declaration less some servers and their grants; the lock keeps them all. */
function without(text, names) {
  return names.reduce(
    (rest, name) =>
      rest
        .replace(new RegExp(`^  ${name}: .*\\n`, 'm'), '')
        .replace(new RegExp(`^      - server: ${name}\\n(?:        .*\\n)*`, 'm'), ''),
    text,
  );
}

async function firstResult(port, token) {
  const url = `http://127.0.0.1:${port}/mcp`;
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    Authorization: `Bearer ${token}`,
  };
  const post = async (message) => {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
    return { session: response.headers.get('mcp-session-id'), text: await response.text() };
  };
  const clientInfo = { name: 'bench', version: '1.0.0' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const { session } = await post({ id: 0, method: 'initialize', params });
  if (session) headers['Mcp-Session-Id'] = session;
  const call = { name: 's1__echo', arguments: { path: '/data/public/a', text: 'x' } };
  const { text } = await post({ id: 1, method: 'tools/call', params: call });
  if (!text.includes('"result"')) throw new Error(`the first call failed: ${text}`);
}
