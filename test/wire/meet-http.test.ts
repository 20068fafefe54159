/** Servers of every version are met over HTTP as what they are, whether that is known or not. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Wire } from '../../src/mcp/wire.js';
import { meetHttp, type Met } from '../../src/wire/meet-http.js';
import { modernPeer, serve, sessionPeer, ssePeer, type Peer } from './peers.js';

const timers = {
  after(milliseconds: number, work: () => void) {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};

let peer: Peer;
let wire: Wire | null = null;

afterEach(async () => {
  wire?.close();
  wire = null;
  await peer.close();
});

async function meet(version: string | null = null, url = peer.url): Promise<Met> {
  const met = await meetHttp(
    { url, reach: 'internal' },
    {
      version,
      envelope: { protocolVersion: '2025-11-25', capabilities: {} },
      clientInfo: { name: 'toolcrib', version: '1' },
      initializeMs: 20_000,
      listMs: 20_000,
      timers,
      signal: new AbortController().signal,
    },
  );
  ({ wire } = met);
  return met;
}

function rpcs(): string[] {
  return peer.requests.map(({ method, rpc }) => rpc ?? method);
}

describe('a server met without knowing its version', () => {
  it('is modern', async () => {
    peer = await modernPeer();
    const { shown } = await meet();
    expect(shown).toMatchObject({
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'peer', version: '1.2.3' },
      instructions: 'be kind',
      tools: [{ name: 'add' }],
      prompts: [{ name: 'greet' }],
      resources: [{ uri: 'docs://readme' }],
    });
    expect(wire?.era).toBe('modern');
    expect(peer.requests[0]?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'server/discover',
    });
  });

  it.each([false, true])('has sessions (answers as JSON: %s)', async (json) => {
    peer = await sessionPeer(json);
    const { shown } = await meet();
    expect(shown).toMatchObject({
      protocolVersion: '2025-11-25',
      tools: [{ name: 'add' }],
      prompts: [{ name: 'greet' }],
    });
    expect(rpcs().slice(0, 3)).toEqual(['server/discover', 'initialize', 'notifications/initialized']);
    const list = peer.requests.find(({ rpc }) => rpc === 'tools/list');
    expect(list?.headers['mcp-session-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(list?.headers['mcp-protocol-version']).toBe('2025-11-25');
  });

  it('speaks HTTP+SSE', async () => {
    peer = await ssePeer();
    const { shown } = await meet();
    expect(shown).toMatchObject({ tools: [{ name: 'add' }], prompts: [{ name: 'greet' }] });
  });
});

describe('a session', () => {
  it('ends by DELETE', async () => {
    peer = await sessionPeer();
    await meet('2025-11-25');
    expect(rpcs()[0]).toBe('initialize');
    wire?.close();
    await expect.poll(() => rpcs()).toContain('DELETE');
  });

  it('hears what the server says of its own accord', async () => {
    peer = await sessionPeer();
    const heard: string[] = [];
    const { wire: met } = await meet('2025-11-25');
    met.listen({
      message: (bytes, about) => void heard.push(`${about} ${bytes.toString()}`),
      lost: () => undefined,
      missed: () => undefined,
      retired: () => undefined,
      closed: () => undefined,
    });
    await expect.poll(() => met.announces).toBe(true);
    peer.announce();
    await expect.poll(() => heard).toEqual(['null {"method":"notifications/tools/list_changed","jsonrpc":"2.0"}']);
  });
});

describe('what is no server of ours', () => {
  it('is not followed elsewhere', async () => {
    const elsewhere = await modernPeer();
    peer = await serve(
      (_req, res) => {
        res.writeHead(307, { location: elsewhere.url }).end();
        return Promise.resolve();
      },
      { announce: () => undefined, forget: () => undefined },
    );
    await expect(meet()).rejects.toMatchObject({ diagnostics: [{ detail: 'It redirects, which is not followed.' }] });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('cannot be reached', async () => {
    peer = await modernPeer();
    await peer.close();
    await expect(meet()).rejects.toMatchObject({ diagnostics: [{ code: 'server_exited' }] });
    peer = await modernPeer();
  });
});
