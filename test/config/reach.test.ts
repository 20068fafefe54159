/** How servers are spoken to, and who shares them: what can be declared, and what is refused at its line. */
import { describe, expect, it } from 'vitest';
import { folder, HEAD, load } from './support.js';

async function read(server: string): ReturnType<typeof load> {
  return load(await folder({ 'toolbox.yaml': `${HEAD}servers:\n  web: ${server}\n` }));
}

/** Code and line:column of each. */
async function refused(server: string): Promise<string[]> {
  const { diagnostics } = await read(server);
  return diagnostics.map(({ code, range }) => `${code} ${range?.start.line}:${range?.start.column}`);
}

async function reach(server: string): Promise<unknown> {
  const { config, diagnostics } = await read(server);
  expect(diagnostics).toEqual([]);
  const [web] = config?.servers ?? [];
  return web && [web.source.type, web.transport, web.instances, web.replicas];
}

describe('a server', () => {
  it.each([
    ['{image: x}', ['image', { type: 'stdio' }, 'shared', 1]],
    ['{image: x, transport: {http: {port: 80}}}', ['image', { type: 'http', port: 80, path: '/mcp' }, 'shared', 1]],
    [
      '{image: x, transport: {http: {port: 8080, path: "/a/b?c=d"}}, replicas: 3}',
      ['image', { type: 'http', port: 8080, path: '/a/b?c=d' }, 'shared', 3],
    ],
    ['{image: x, instances: session}', ['image', { type: 'stdio' }, 'session', 1]],
    [
      '{remote: "https://MCP.example.com/mcp"}',
      ['remote', { type: 'remote', url: 'https://mcp.example.com/mcp' }, 'shared', 1],
    ],
    [
      '{remote: "http://127.0.0.1:9000/mcp"}',
      ['remote', { type: 'remote', url: 'http://127.0.0.1:9000/mcp' }, 'shared', 1],
    ],
    [
      '{remote: "https://10.20.1.5/mcp", private_addresses: [10.20.0.0/16, FD12::/16]}',
      [
        'remote',
        {
          type: 'remote',
          url: 'https://10.20.1.5/mcp',
          privateAddresses: ['10.20.0.0/16', 'fd12::/16'],
        },
        'shared',
        1,
      ],
    ],
    [
      '{remote: "http://mcp.corp/mcp", private_addresses: [10.20.0.0/16], insecure: true}',
      [
        'remote',
        { type: 'remote', url: 'http://mcp.corp/mcp', privateAddresses: ['10.20.0.0/16'], insecure: true },
        'shared',
        1,
      ],
    ],
  ])('can be %s', async (declared, expected) => {
    expect(await reach(declared)).toEqual(expected);
  });

  it.each([
    ['{remote: "http://mcp.example.com/mcp"}', ['remote_url 6:17']],
    ['{remote: "https://user:pass@mcp.example.com/mcp"}', ['remote_url 6:17']],
    ['{remote: "https://mcp.example.com/mcp#x"}', ['remote_url 6:17']],
    ['{remote: "https://10.20.1.5/mcp"}', ['remote_url 6:17']],
    ['{remote: "https://10.20.1.5/mcp", private_addresses: [10.21.0.0/16]}', ['remote_url 6:17']],
    ['{remote: "http://mcp.corp/mcp", private_addresses: [10.20.0.0/16]}', ['remote_url 6:17']],
    ['{remote: "http://9.9.9.9/mcp", private_addresses: [10.20.0.0/16], insecure: true}', ['remote_url 6:17']],
    ['{remote: "https://mcp.corp/mcp", private_addresses: [169.254.0.0/16]}', ['remote_addresses 6:61']],
    [
      '{remote: "https://mcp.corp/mcp", private_addresses: [0.0.0.0/0, 10.20.0.0/33]}',
      ['remote_addresses 6:61', 'remote_addresses 6:72'],
    ],
    ['{remote: "https://mcp.corp/mcp", private_addresses: [10.0.0.0/8]}', ['remote_addresses 6:61']],
    ['{remote: "https://mcp.corp/mcp", private_addresses: [10.89.4.0/24]}', ['remote_addresses 6:61']],
    ['{remote: "https://mcp.corp/mcp", insecure: true}', ['unknown_key 6:41']],
    ['{image: x, ca: a.pem}', ['unknown_key 6:19']],
    ['{remote: "https://mcp.corp/mcp", ca: no.pem}', ['certificate_unusable 6:45']],
    ['{remote: "https://mcp.corp/mcp", ca: toolbox.yaml}', ['certificate_unusable 6:45']],
    ['{remote: "https://exa mple/"}', ['wrong_type 6:17']],
    ['{remote: "ftp://example.com/"}', ['wrong_type 6:17']],
    [
      '{remote: "https://mcp.example.com/mcp", args: [a], instances: agent}',
      ['not_for_remote 6:48', 'not_for_remote 6:59'],
    ],
    ['{image: x, remote: "https://mcp.example.com/mcp"}', ['wrong_type 6:19']],
    ['{image: x, transport: {http: {}}}', ['missing_key 6:31']],
    ['{image: x, transport: {http: {port: 70000}}}', ['wrong_type 6:44']],
    ['{image: x, transport: {http: {port: 80, path: mcp}}}', ['wrong_type 6:54']],
    ['{image: x, transport: {sse: {port: 80}}}', ['missing_key 6:19', 'unknown_key 6:31']],
    ['{image: x, instances: thread}', ['wrong_type 6:30']],
    ['{image: x, replicas: 0}', ['wrong_type 6:29']],
    ['{image: x, instances: agent, replicas: 2}', ['wrong_type 6:47']],
  ])('cannot be %s', async (declared, expected) => {
    expect(await refused(declared)).toEqual(expected);
  });

  it('never shows the password of a URL', async () => {
    const { diagnostics } = await read('{remote: "https://user:sesame@mcp.example.com/mcp"}');
    expect(JSON.stringify(diagnostics)).not.toContain('sesame');
  });

  it('has no instances that write to one mount, unless it says that they may', async () => {
    const dir = await folder({
      'toolbox.yaml': `${HEAD}volumes: {notes: {}}
servers:
  one: {image: x, instances: agent, mounts: [{volume: notes, target: /n}]}
  two: {image: x, instances: agent, mounts: [{volume: notes, target: /n, readonly: true}]}
  three: {image: x, replicas: 2, replace: overlap, mounts: [{volume: notes, target: /n}]}
`,
    });
    const { diagnostics } = await load(dir);
    expect(diagnostics.map(({ code, range }) => [code, range?.start.line])).toEqual([['instances_share_mount', 7]]);
  });
});
