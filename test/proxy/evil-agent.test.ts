/**
 * The evil agent: everything it tries must reach no server, tell no name it may not know, and leave a line in the
 * audit log.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatToken, parseToken } from '../../src/model/token.js';
import { call, grant, initialize, rpc, tool, until, World, type HttpAnswer } from './world.js';

const world = new World({
  servers: { files: [tool('read'), tool('write')], vault: [tool('unseal')] },
  toolboxes: { vault: 'hidden' },
  agents: {
    bot: [grant('files', ['read']), grant('files', ['write'], { expires: '2020-01-01T00:00:00Z' })],
    other: [grant('vault', ['unseal'])],
  },
});
const tokens = { bot: '', other: '', expired: '', revoked: '', revokedNow: '' };
let session: Record<string, string> = {};
let lines = 0;

beforeAll(async () => {
  tokens.bot = world.token('bot');
  tokens.other = world.token('other');
  tokens.expired = world.token('bot', '2020-01-01T00:00:00Z');
  tokens.revoked = world.token('bot');
  tokens.revokedNow = world.token('bot');
  world.policy.revoked = [idOf(tokens.revoked)];
  world.revoke(idOf(tokens.revokedNow));
  await world.start();
  session = await world.session(tokens.bot);
});
afterAll(() => world.stop());
beforeEach(() => {
  lines = world.decisions().length;
});

function idOf(token: string): string {
  return parseToken(token)?.id ?? '';
}

/** Nothing arrived, nothing leaked, something is written. */
async function harmless(answer: HttpAnswer, reason: string): Promise<void> {
  expect(world.bridge.calls()).toEqual([]);
  const told = answer.body + JSON.stringify(answer.headers);
  for (const name of ['vault', 'unseal', 'write', 'files', 'hidden', 'read']) expect(told).not.toContain(name);
  const fresh = await until(() => {
    const all = world.decisions();
    return all.length > lines && all.slice(lines);
  });
  expect(fresh.map((line) => [line.decision, line.reason])).toEqual([['deny', reason]]);
}

const ALLOWED = call('files__read', { path: '/a' });

describe('without a valid token', () => {
  const attempts: [string, () => Record<string, string>, string][] = [
    ['none', () => ({}), 'unauthenticated'],
    ['an unknown one', () => bearer(formatToken(Buffer.alloc(8, 1), Buffer.alloc(32, 1))), 'token_unknown'],
    ['an expired one', () => bearer(tokens.expired), 'token_expired'],
    ['one revoked in git', () => bearer(tokens.revoked), 'token_revoked'],
    ['one revoked at once', () => bearer(tokens.revokedNow), 'token_revoked'],
    ['its hash', () => bearer(Object.keys(world.policy.tokens)[0] ?? ''), 'token_unknown'],
    ['a longer one', () => bearer(`${tokens.bot}x`), 'token_unknown'],
    ['basic authentication', () => ({ authorization: `Basic ${tokens.bot}` }), 'unauthenticated'],
    [
      'a token in another header',
      () => ({ 'x-api-key': tokens.bot, cookie: `token=${tokens.bot}` }),
      'unauthenticated',
    ],
    ['an endless one', () => bearer('x'.repeat(5000)), 'unauthenticated'],
  ];

  it.each(attempts)('%s', async (_name, headers, reason) => {
    const answer = await world.post(
      '/mcp',
      { ...headers(), 'mcp-session-id': session['mcp-session-id'] ?? '' },
      ALLOWED,
    );
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    await harmless(answer, reason);
  });

  it('in the query string', async () => {
    const answer = await world.post(`/mcp?token=${tokens.bot}&access_token=${tokens.bot}`, {}, ALLOWED);
    expect(answer.status).toBe(401);
    await harmless(answer, 'unauthenticated');
    expect(JSON.stringify(world.audit())).not.toContain(tokens.bot);
  });

  it.each(['/toolbox/hidden/mcp', '/server/vault/mcp', '/toolbox/none/mcp', '/server/none/mcp'])(
    'learns nothing at %s',
    async (path) => {
      const answer = await world.post(path, {}, initialize());
      expect(answer).toMatchObject({ status: 401, body: (await world.post('/mcp', {}, initialize())).body });
    },
  );

  it('twice, one of them good', async () => {
    const answer = await world.post('/mcp', { authorization: [`Bearer ${tokens.bot}`, 'Bearer x'] }, ALLOWED);
    expect(answer.status).toBe(400);
    await harmless(answer, 'header_twice');
  });
});

describe('with its own token, a tool that is not granted', () => {
  const names = [
    ['of another server', 'vault__unseal'],
    ['that expired', 'files__write'],
    ['by its bare name', 'write'],
    ['with a single underscore', 'files_write'],
    ['in upper case', 'FILES__WRITE'],
    ['granted, in upper case', 'files__READ'],
    ['with a Cyrillic е', 'filеs__write'],
    ['in full width', 'ｆｉｌｅｓ__write'],
    ['granted, decomposed and composed alike', 'files__re\u0301ad'],
    ['with a zero-width space', 'files__wri\u200bte'],
    ['with white space', ' files__write'],
    ['with a NUL', 'files__write\0'],
    ['with the other prefix', 'vault__write'],
    ['like a prototype', '__proto__'],
    ['like a method', 'constructor'],
    ['like a path', 'files/write'],
    ['empty', ''],
    ['that does not exist', 'none__none'],
  ];

  it.each(names)('%s', async (_name, name) => {
    const answer = await world.post('/mcp', session, call(name));
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool"}}');
    await harmless(answer, name === 'files__write' ? 'expired' : 'not_granted');
  });

  it.each([
    ['a name that is no string', '{"name":["files__read"]}', 'invalid_params'],
    ['no name', '{}', 'invalid_params'],
    ['arguments that are no object', '{"name":"files__read","arguments":[1]}', 'invalid_params'],
  ])('%s', async (_name, params, reason) => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
    await harmless(await world.post('/mcp', session, body), reason);
  });
});

describe('with a body that two readers could read differently', () => {
  const bodies: [string, string][] = [
    [
      'name twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read","name":"vault__unseal"}}',
    ],
    [
      'an escaped name beside it',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read","\\u006eame":"vault__unseal"}}',
    ],
    [
      'Name beside name',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read","Name":"vault__unseal"}}',
    ],
    ['method twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"files__read"}}'],
    [
      'params twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read"},"params":{"name":"vault__unseal"}}',
    ],
    [
      'arguments twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read","arguments":{},"arguments":{"a":1}}}',
    ],
    [
      'a duplicate deep in arguments',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read","arguments":{"a":{"b":1,"\\u0062":2}}}}',
    ],
    [
      'a long s',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read"},"param\u017f":{"name":"vault__unseal"}}',
    ],
    ['a second message behind it', `${JSON.stringify(ALLOWED)}\n${JSON.stringify(call('vault__unseal'))}`],
    ['not JSON', 'name=vault__unseal'],
    [
      'depth',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read","arguments":{"a":${'['.repeat(10000)}`,
    ],
  ];

  it.each(bodies)('%s', async (_name, body) => {
    const answer = await world.post('/mcp', session, body);
    expect(answer.status).toBe(400);
    await harmless(answer, 'malformed');
  });

  it('hidden in a batch', async () => {
    const answer = await world.post('/mcp', session, [rpc('ping'), call('vault__unseal', {}, 2)]);
    expect(answer.status).toBe(400);
    await harmless(answer, 'batch_not_allowed');
  });

  it('hidden in a batch where batches are allowed', async () => {
    const old = await world.session(tokens.bot, '/mcp', '2025-03-26');
    lines = world.decisions().length;
    const answer = await world.post('/mcp', old, [rpc('ping', {}, 1), call('vault__unseal', {}, 2)]);
    expect(JSON.parse(answer.body)).toEqual([
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: 2, error: { code: -32602, message: 'Unknown tool' } },
    ]);
    await harmless(answer, 'not_granted');
  });

  it('a batch of too many', async () => {
    const old = await world.session(tokens.bot, '/mcp', '2025-03-26');
    lines = world.decisions().length;
    await harmless(
      await world.post(
        '/mcp',
        old,
        Array.from({ length: 21 }, (_, i) => rpc('ping', {}, i)),
      ),
      'malformed',
    );
  });
});

describe('with headers that disagree', () => {
  const headers: [string, () => Record<string, string>, number, string][] = [
    ['Mcp-Name of another tool', () => ({ 'mcp-name': 'files__other' }), 400, 'header_mismatch'],
    [
      'Mcp-Name in base64 of another tool',
      () => ({ 'mcp-name': `=?base64?${btoa('other')}?=` }),
      400,
      'header_mismatch',
    ],
    ['Mcp-Name undecodable', () => ({ 'mcp-name': '=?base64?/w==?=' }), 400, 'header_mismatch'],
    ['Mcp-Method of another method', () => ({ 'mcp-method': 'ping' }), 400, 'header_mismatch'],
    ['an unknown protocol version', () => ({ 'mcp-protocol-version': '2099-01-01' }), 400, 'protocol_version'],
    ['a version still to come', () => ({ 'mcp-protocol-version': '2027-01-01' }), 400, 'protocol_version'],
    ['another version than the session', () => ({ 'mcp-protocol-version': '2025-06-18' }), 400, 'protocol_version'],
    ['a foreign Host', () => ({ host: 'evil.test' }), 403, 'host_not_allowed'],
    [
      'a Host that rebinds',
      () => ({ host: `localhost.evil.test:${world.proxy.address.port}` }),
      403,
      'host_not_allowed',
    ],
    ['a Host without its port', () => ({ host: '127.0.0.1' }), 403, 'host_not_allowed'],
    ['a foreign Origin', () => ({ origin: 'https://evil.test' }), 403, 'origin_not_allowed'],
    ['the null Origin', () => ({ origin: 'null' }), 403, 'origin_not_allowed'],
    ['another Content-Type', () => ({ 'content-type': 'text/plain' }), 415, 'content_type'],
    ['no session', () => ({ 'mcp-session-id': '' }), 404, 'session_unknown'],
    ['an invented session', () => ({ 'mcp-session-id': 'f'.repeat(32) }), 404, 'session_unknown'],
  ];

  it.each(headers)('%s', async (_name, more, status, reason) => {
    const answer = await world.post('/mcp', { ...session, ...more() }, ALLOWED);
    expect(answer.status).toBe(status);
    await harmless(answer, reason);
  });

  it('names the header mismatch by its code', async () => {
    const answer = await world.post('/mcp', { ...session, 'mcp-name': 'x' }, ALLOWED);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: -32020 } });
  });

  it("another agent's session", async () => {
    const theirs = await world.session(tokens.other);
    lines = world.decisions().length;
    const stolen = { ...session, 'mcp-session-id': theirs['mcp-session-id'] ?? '' };
    await harmless(await world.post('/mcp', stolen, ALLOWED), 'session_unknown');
    lines = world.decisions().length;
    const ended = await world.http('DELETE', '/mcp', stolen);
    expect(ended.status).toBe(404);
    await harmless(ended, 'session_unknown');
  });

  it("another agent's token on its own session", async () => {
    const answer = await world.post('/mcp', { ...session, authorization: `Bearer ${tokens.other}` }, ALLOWED);
    expect(answer.status).toBe(404);
    await harmless(answer, 'session_unknown');
  });

  it('its session at another endpoint', async () => {
    const answer = await world.post('/toolbox/engineering/mcp', session, ALLOWED);
    expect(answer.status).toBe(404);
    await harmless(answer, 'session_unknown');
  });

  it.each(['/server/vault/mcp', '/server/none/mcp', '/toolbox/hidden/mcp', '/toolbox/none/mcp'])(
    'cannot tell whether %s exists',
    async (path) => {
      const answer = await world.post(path, session, initialize());
      expect(answer).toMatchObject({
        status: 404,
        body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Not found"}}',
      });
      await harmless(answer, 'not_granted');
    },
  );

  it('other paths are not there', async () => {
    for (const path of [
      '/',
      '/mcp/',
      '/MCP',
      '/mcp/../mcp',
      '/server/../mcp',
      '/server/files',
      '/%6dcp',
      '/metrics',
      '/server/Files/mcp',
    ]) {
      expect(await world.post(path, session, ALLOWED)).toMatchObject({ status: 404, body: '' });
    }
    expect(world.bridge.calls()).toEqual([]);
  });

  it('methods that nothing was granted for', async () => {
    for (const method of [
      'resources/list',
      'prompts/list',
      'logging/setLevel',
      'completion/complete',
      'tasks/list',
      'TOOLS/CALL',
      'tools/Call',
      'notifications/cancelled',
      'initialize ',
    ]) {
      const answer = await world.post('/mcp', session, rpc(method));
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: -32601 } });
    }
    expect((await world.http('PUT', '/mcp', session)).status).toBe(405);
    expect((await world.http('GET', '/mcp', session)).status).toBe(406);
    expect(world.bridge.calls()).toEqual([]);
  });
});

describe('with strange HTTP', () => {
  it('more than 4 MiB', async () => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"files__read","arguments":{"a":"${'x'.repeat(5 << 20)}"}}}`;
    const answer = await world.post('/mcp', session, body).catch(() => ({ status: 413, headers: {}, body: '' }));
    expect(answer.status).toBe(413);
    await harmless(answer, 'too_large');
  });

  it('more than 4 MiB in chunks', async () => {
    const answer = await raw(
      [
        ...head(),
        'Transfer-Encoding: chunked',
        '',
        ...Array.from({ length: 80 }, () => `10000\r\n${'x'.repeat(65536)}`),
      ].join('\r\n'),
    );
    expect(answer === '' || answer.startsWith('HTTP/1.1 413')).toBe(true);
    await harmless({ status: 413, headers: {}, body: answer }, 'too_large');
  });

  const smuggled = JSON.stringify(ALLOWED);
  it.each([
    [
      'Content-Length and chunks',
      () => [
        ...head(),
        'Transfer-Encoding: chunked',
        `Content-Length: ${smuggled.length}`,
        '',
        `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
      ],
    ],
    ['two Content-Lengths', () => [...head(), `Content-Length: ${smuggled.length}`, 'Content-Length: 5', '', smuggled]],
    ['a Content-Length that is no number', () => [...head(), 'Content-Length: +10', '', smuggled]],
    ['a folded header', () => [...head(), 'X-Folded: a', ' b', `Content-Length: ${smuggled.length}`, '', smuggled]],
    ['a space before the colon', () => [...head(), `Content-Length : ${smuggled.length}`, '', smuggled]],
    ['headers without end', () => [...head(), `X-Long: ${'x'.repeat(20_000)}`, '', smuggled]],
  ])('%s', async (_name, parts) => {
    const answer = await raw(parts().join('\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    await harmless({ status: 400, headers: {}, body: answer }, 'bad_http');
  });

  it('a body that ends too soon', async () => {
    await raw([...head(), `Content-Length: ${smuggled.length + 10}`, '', smuggled].join('\r\n'), true);
    expect(world.bridge.calls()).toEqual([]);
  });

  function head(): string[] {
    const { port } = world.proxy.address;
    return [
      'POST /mcp HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      `Authorization: Bearer ${tokens.bot}`,
      `Mcp-Session-Id: ${session['mcp-session-id']}`,
      'Content-Type: application/json',
    ];
  }

  /** Bytes over a bare socket. @param hangUp end right after them. */
  function raw(bytes: string, hangUp = false): Promise<string> {
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(world.proxy.address.port, '127.0.0.1', () => {
        socket.write(bytes);
        if (hangUp) socket.end();
      });
      socket.on('data', (chunk) => {
        answer += chunk.toString();
        socket.end();
      });
      socket.on('error', () => resolve(answer));
      socket.on('close', () => resolve(answer));
    });
  }
});

it('a flood of strangers is counted to the last', async () => {
  const before = strangers();
  for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 20 }, () => world.post('/mcp', {}, ALLOWED)));
  await until(() => strangers() >= before + 100);
  expect(strangers()).toBe(before + 100);
});

function strangers(): number {
  return world
    .decisions()
    .filter((line) => line.reason === 'unauthenticated')
    .reduce((sum, line) => sum + (line.count ?? 1), 0);
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
