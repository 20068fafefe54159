/** One blow each, and what must hold after it: the ways in which a run of the fuzzer attacks the proxy. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { connectStdio } from '../../src/wire/stdio-endpoint.js';
import { headerValue } from '../../src/wire/mirror.js';
import { isObject, type JsonObject } from '../../src/model/definitions.js';
import { call, initialize } from '../proxy/world.js';
import { anyFraming, pieces, SMUGGLED } from './framing.js';
import { CANARY, type House } from './house.js';
import { anyMessage, mutated } from './messages.js';
import { anyField, anyNoise, answerTo, stream, WRONG } from './noise.js';
import type { Random } from './random.js';

export type Kind = 'message' | 'modern' | 'framing' | 'stdio' | 'events' | 'old' | 'aside' | 'resume' | 'connect';

/** What is kept in the corpus: enough to do it again. */
export interface Blow {
  kind: Kind;
  /** latin1, so that every byte is one character. */
  pieces: string[];
}

export const KINDS: Record<Kind, (random: Random, house: House) => Blow> = {
  message: (random) => blow('message', [anyMessage(random)]),
  modern: (random) => blow('modern', [enveloped(anyMessage(random))]),
  framing: (random, house) => blow('framing', anyFraming(random, hostOf(house), headOf(house))),
  stdio: (random) => blow('stdio', noises(random, 'stdio')),
  events: (random) => blow('events', noises(random, 'events')),
  old: (random) => blow('old', noises(random, 'old')),
  aside: (random) => blow('aside', noises(random, 'aside')),
  resume: (random) => blow('resume', anyResumption(random)),
  connect: (random) =>
    blow(
      'connect',
      pieces(random, Buffer.concat([HELLO, ...Array.from({ length: 3 }, () => line(anyMessage(random)))])),
    ),
};

/** @throws what does not hold. */
export async function strike(house: House, { kind, pieces: texts }: Blow): Promise<void> {
  const parts = texts.map((text) => Buffer.from(text, 'latin1'));
  switch (kind) {
    case 'message':
    case 'modern':
      await say(house, Buffer.concat(parts), kind === 'modern');
      break;
    case 'framing':
      await frame(house, parts);
      break;
    case 'stdio':
    case 'events':
      await hear(house, kind, parts);
      break;
    case 'old':
    case 'aside':
      await hearOld(house, kind, parts);
      break;
    case 'resume':
      await resume(house, parts);
      break;
    case 'connect':
      await connectOver(house, parts);
  }
  house.inspect();
  if (house.objections.length > 0) throw new Error(house.objections.join('\n'));
}

const blow = (kind: Kind, parts: Buffer[]): Blow => ({ kind, pieces: parts.map((each) => each.toString('latin1')) });
const line = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.from('\n')]);
const HELLO = Buffer.from(`${JSON.stringify(initialize())}\n{"jsonrpc":"2.0","method":"notifications/initialized"}\n`);

/** As an agent of 2026-07-28 says it, where that can be done to what it says. */
function enveloped(bytes: Buffer): Buffer {
  const meta =
    '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"f","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}';
  return Buffer.from(bytes.toString('latin1').replace('"params":{', `"params":{${meta},`), 'latin1');
}

/** One request over a connection that stays, and exactly one line of the audit for whatever was decided. */
async function say(house: House, bytes: Buffer, modern: boolean): Promise<void> {
  const before = { decisions: house.decisions, allowed: house.allowed, arrived: house.arrived };
  const headers = modern
    ? modernHeaders(house, bytes)
    : (house.sessions[bytes.length % 3 ? '2025-11-25' : '2025-03-26'] ?? {});
  const {
    statusCode,
    headers: got,
    body,
  } = await house.client.request({
    method: 'POST',
    path: '/mcp',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: bytes,
  });
  if (String(got['content-type']).startsWith('text/event-stream')) {
    // subscriptions/listen lasts until somebody leaves
    body.on('error', () => undefined);
    body.destroy();
    return;
  }
  const text = await body.text();
  if (text.includes(CANARY)) throw new Error(`it was shown what nobody may see: ${text}`);
  if (![200, 202, 400, 404].includes(statusCode)) throw new Error(`HTTP ${statusCode}: ${text}`);
  house.inspect();
  const answers = text === '' ? [] : ([JSON.parse(text)].flat() as JsonObject[]);
  const decided = answers.filter(isDecided).length + (statusCode < 400 ? unasked(bytes, answers.length, modern) : 0);
  const signed = house.decisions - before.decisions;
  if (signed !== decided) throw new Error(`${decided} answers were decided, and ${signed} signed for: ${text}`);
  // Granted by policy, and then found to go on with what was never begun.
  const stale = answers.filter(({ error }) => JSON.stringify(error ?? '').includes('"requestState ')).length;
  const [arrived, allowed] = [house.arrived - before.arrived, house.allowed - before.allowed - stale];
  if (arrived !== allowed) throw new Error(`${arrived} calls arrived, and ${allowed} were allowed: ${text}`);
}

/** What wants no answer, or is one to no question: nothing becomes of it but a line. */
function unasked(bytes: Buffer, answers: number, modern: boolean): number {
  const messages = [JSON.parse(bytes.toString('utf8'))].flat() as JsonObject[];
  if (messages.length === answers) return 0;
  const silent = modern ? ['notifications/cancelled'] : SILENT;
  return messages.filter(({ method, id }) =>
    typeof method === 'string' ? id === undefined && !silent.includes(method) : true,
  ).length;
}

/** What an older agent may tell, and nobody has to decide on. */
const SILENT = ['initialized', 'cancelled', 'roots/list_changed', 'tasks/status'].map((of) => `notifications/${of}`);

/** Lists, pings and the like are not decided one by one: policy makes them what they are. */
function isDecided({ error, result }: JsonObject): boolean {
  if (error !== undefined) return true;
  if (!isObject(result)) return false;
  // An agent's own tasks are no list that policy makes.
  if (result['content'] !== undefined || result['tasks'] !== undefined) return true;
  return result['protocolVersion'] !== undefined && result['serverInfo'] !== undefined;
}

function modernHeaders(house: House, bytes: Buffer): Record<string, string> {
  let [method, name] = ['tools/call', 'files__read'];
  try {
    const message = JSON.parse(bytes.toString('utf8')) as { method?: unknown; params?: { name?: unknown } };
    if (typeof message.method === 'string') method = message.method;
    if (typeof message.params?.name === 'string') name = message.params.name;
  } catch {
    // whatever it is, the headers say something else
  }
  return {
    authorization: `Bearer ${house.token}`,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': headerValue(method),
    'mcp-name': headerValue(name.slice(0, 1000)),
  };
}

const hostOf = (house: House): string => `127.0.0.1:${house.world.proxy.address.port}`;

function headOf({ sessions }: House): string {
  const session = Object.entries(sessions['2025-11-25'] ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${session.join('')}Content-Type: application/json\r\n`;
}

/** Whatever comes, the connection ends, and what was hidden in it without a token goes nowhere. */
function frame(house: House, parts: Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(house.world.proxy.address.port, '127.0.0.1');
    socket.setNoDelay(true);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('the connection never ended'));
    }, 20_000);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      const bad = answer.includes(CANARY) || answer.includes(SMUGGLED) ? answer : null;
      if (bad === null) resolve();
      else reject(new Error(`it was answered: ${bad}`));
    });
    for (const part of parts) socket.write(part);
    socket.end();
  });
}

/** The call's id and its answer are known when it comes: both are written in then, and what that makes is cut. */
function noises(random: Random, kind: 'stdio' | 'events' | 'old' | 'aside'): Buffer[] {
  const id = 100_000_000 + random.below(100_000_000);
  const one = (): Buffer => (kind !== 'stdio' && random.chance(0.3) ? anyField(random) : anyNoise(random, id));
  const many = (): Buffer[] => Array.from({ length: random.below(5) }, one);
  const text = Buffer.concat([...many(), Buffer.from(ANSWER), ...many()].map(line));
  const cuts = random.chance(0.2) ? 'every' : Array.from({ length: random.below(6) }, () => random.next()).join(' ');
  // On a stream of its own an error under no id is about that one call: there it would be an answer.
  const stands =
    kind !== 'events' ? text : Buffer.from(text.toString('latin1').replaceAll('"error"', '"errr"'), 'latin1');
  return [Buffer.from(String(id)), Buffer.from(cuts), stands];
}

const ANSWER = '\u0001';

/** The call has its own answer, whatever stood around it and however it was cut. */
async function hear(house: House, kind: 'stdio' | 'events', parts: Buffer[]): Promise<void> {
  const [marked = '', cuts = '', text = ''] = parts.map((part) => part.toString('latin1'));
  const written = (id: number): string => text.replaceAll(ANSWER, answerTo(id, 'right')).replaceAll(marked, String(id));
  house.liar = (id, write) => {
    for (const part of cut(written(id), cuts)) write(part);
  };
  house.web = (id, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of cut(stream(written(id)), cuts)) res.write(part);
    res.end();
  };
  await callOf(house, kind === 'stdio' ? 'liar__say' : 'web__say');
}

async function callOf(house: House, name: string): Promise<void> {
  const { body } = await house.client.request({
    method: 'POST',
    path: '/mcp',
    headers: { ...house.sessions['2025-11-25'], 'content-type': 'application/json' },
    body: JSON.stringify(call(name, {}, 'mine')),
  });
  const told = await body.text();
  const answer = JSON.parse(told) as { id: unknown; result?: { content?: { text?: string }[] } };
  if (answer.id !== 'mine') throw new Error(`another id: ${told}`);
  if (told.includes(WRONG)) throw new Error(`what was nobody's came to the agent: ${told}`);
  if (answer.result?.content?.[0]?.text !== 'right') throw new Error(`not the answer: ${told}`);
}

/**
 * The same where what it writes comes on a stream that lasts. One aside of the call brings no answer here: a server that
 * gives its own there all the same is heard, because it may say of its own call what it likes.
 */
async function hearOld(house: House, kind: 'old' | 'aside', parts: Buffer[]): Promise<void> {
  const [marked = '', cuts = '', text = ''] = parts.map((part) => part.toString('latin1'));
  house.old = (id, write, answer) => {
    const own = kind === 'old' ? answerTo(id, 'right') : answerTo(`${id} aside`, WRONG);
    const written = text.replaceAll(ANSWER, own).replaceAll(marked, String(id));
    for (const part of cut(stream(written), cuts)) write(part);
    if (kind === 'aside') setImmediate(() => answer(answerTo(id, 'right')));
  };
  const server = kind === 'old' ? 'sse' : 'aside';
  await callOf(house, `${server}__say`);
}

function cut(text: string, cuts: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  if (cuts === 'every') return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const at = cuts === '' ? [] : cuts.split(' ').map((share) => Math.floor(Number(share) * bytes.length));
  at.sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

/** `toolcrib connect --stdio`: every line that it writes is a message, and it ends with its input. */
async function connectOver(house: House, parts: Buffer[]): Promise<void> {
  const written: string[] = [];
  async function* input(): AsyncGenerator<Buffer> {
    for (const part of parts) yield await Promise.resolve(part);
  }
  const ended = connectStdio(input(), {
    url: `${house.world.url}/mcp`,
    token: house.token,
    write: (text) => written.push(text),
    complain: () => undefined,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it did not end with its input')), 20_000);
  });
  await Promise.race([ended, late]).finally(() => clearTimeout(timer));
  for (const text of written) {
    if (text.includes('\n')) throw new Error(`not one line: ${text}`);
    const { jsonrpc } = [JSON.parse(text) as JsonObject].flat()[0] ?? {};
    if (jsonrpc !== '2.0') throw new Error(`no message: ${text}`);
    if (text.includes(CANARY)) throw new Error(`it was shown what nobody may see: ${text}`);
  }
}

/** Whose session asks, for what, and whose events those are: always those of `second`. */
function anyResumption(random: Random): Buffer[] {
  const who = random.pick(['own', 'first', 'stranger', 'borrowed'] as const);
  const number = (): string => random.pick(['0', '1', '2', '7', '00', '-1', '1e3', '999999999', '9999999999', '٣', '']);
  const id = random.chance(0.5) ? EVENT : `${number()}${random.pick(['-', '', ' - ', '--', '-\t'])}${number()}`;
  return [who, random.chance(0.2) ? mutated(Buffer.from(id), random).toString('latin1') : id].map((text) =>
    Buffer.from(text, 'latin1'),
  );
}

/** The id of the last event but one of what `second` was answered with. */
const EVENT = '\u0001';
const HEARING_MS = 25;

/** What one session was sent is sent again to that session alone. */
async function resume(house: House, parts: Buffer[]): Promise<void> {
  const [who = '', wanted = ''] = parts.map((part) => part.toString('latin1'));
  const secret = `second-${house.decisions}-of-the-second`;
  house.web = (id, res) => {
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: id, progress: 1 } };
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.end(`data: ${JSON.stringify(progress)}\n\ndata: ${answerTo(id, secret)}\n\n`);
  };
  const asked = call('web__say', {}, 'mine') as { params: JsonObject };
  const { body } = await house.client.request({
    method: 'POST',
    path: '/mcp',
    headers: { ...house.second, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ ...asked, params: { ...asked.params, _meta: { progressToken: 'p' } } }),
  });
  const told = await body.text();
  if (!told.includes(secret)) throw new Error(`not the answer: ${told}`);
  const ids = [...told.matchAll(/^id: ?(.*)$/gm)].map(([, id = '']) => id);
  const before = ids.at(-2);
  if (before === undefined) throw new Error(`nothing to take up: ${told}`);
  const id = wanted.replaceAll(EVENT, before).replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
  const { authorization = '' } = house.stranger;
  const { 'mcp-session-id': session = '' } = house.second;
  const headers = {
    own: house.second,
    first: house.sessions['2025-11-25'] ?? {},
    stranger: house.stranger,
    borrowed: { authorization, 'mcp-session-id': session },
  }[who];
  if (!headers) throw new Error(`nobody is ${who}`);
  const heard = await listened(house, { ...headers, 'last-event-id': id });
  if (who !== 'own' && heard.text.includes('-of-the-second')) throw new Error(`${who} heard ${heard.text}`);
  if (who === 'borrowed' && heard.status !== 404) throw new Error(`a borrowed session is HTTP ${heard.status}`);
  if (![200, 400, 404].includes(heard.status)) throw new Error(`HTTP ${heard.status}: ${heard.text}`);
  const exact = who === 'own' && id === before;
  if (exact && !heard.text.includes(secret)) throw new Error(`what was missed did not come: ${heard.text}`);
}

/** What comes on a stream until nothing does for a moment. */
function listened(house: House, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { port } = house.world.proxy.address;
    const all = { ...headers, accept: 'text/event-stream' };
    const sent = request({ host: '127.0.0.1', port, path: '/mcp', headers: all, agent: false }, (response) => {
      let text = '';
      const over = (): void => {
        clearTimeout(timer);
        sent.destroy();
        resolve({ status: response.statusCode ?? 0, text });
      };
      const timer = setTimeout(over, HEARING_MS);
      response.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      response.on('close', over);
    });
    sent.on('error', reject);
    sent.end();
  });
}
