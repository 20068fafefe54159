/** A thousand sessions, sixteen calls on their way at a time, so many calls a second; every answer is looked at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { session } from '../bench/proxy/load.mjs';

const SESSIONS = 1000;
const AT_ONCE = 16;
const PAUSE_MS = 8;

/** What is asked, and how its answer must look. */
const KINDS = [
  {
    ask: call('bench__echo', '/data/public/a'),
    counts: 'allowed',
    right: (text) => text.includes('echo /data/public/a'),
  },
  {
    ask: call('bench__echo', '/data/public/b/c'),
    counts: 'allowed',
    right: (text) => text.includes('echo /data/public/b/c'),
  },
  { ask: call('bench__echo', '/etc/passwd'), counts: 'refused', right: (text) => text.includes('io.toolcrib/refusal') },
  { ask: call('bench__none', '/data/public/a'), counts: 'refused', right: (text) => text.includes('-32602') },
  { ask: { method: 'tools/list', params: {} }, counts: null, right: (text) => text.includes('bench__echo') },
  { ask: { method: 'ping', params: {} }, counts: null, right: (text) => text.includes('"result":{}') },
];

function call(name, path) {
  return { method: 'tools/call', params: { name, arguments: { path, text: 'x'.repeat(500) } } };
}

export async function callOn({ port, tokens, sent }, until) {
  const opened = [];
  for (let i = 0; i < SESSIONS; i++) opened.push(await session({ port, token: tokens[i % tokens.length] }));
  let next = 0;
  const one = async () => {
    while (Date.now() < until) {
      const id = next++;
      const kind = KINDS[id % KINDS.length];
      const { post } = opened[(id * 7) % SESSIONS];
      const answer = await post({ jsonrpc: '2.0', id, ...kind.ask });
      const text = await answer.text();
      if (kind.counts !== null) {
        sent.total++;
        sent[kind.counts]++;
      }
      if (!kind.right(text)) {
        if (sent.wrong++ < 5)
          console.error(`soak: ${kind.ask.method} was answered ${answer.status} ${text.slice(0, 200)}`);
      }
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}
