/** Only an artifact that is known to the last field counts. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/policy/artifact.js';
import { parseArtifactName, readPolicy, verify } from '../../src/policy/read.js';
import { grant, policy, tool } from './world.js';

const base = (): Policy => ({
  ...policy(
    { files: { tools: [tool('read')] } },
    { bot: [grant('files', ['read'], { arguments: { read: { type: 'object' } } })] },
  ),
  tokens: { ['a'.repeat(64)]: { id: 'abcdefghij', agent: 'bot', expires: '2027-01-01T00:00:00Z' } },
});
const read = (value: unknown): ReturnType<typeof readPolicy> =>
  readPolicy(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
type Edit = (policy: Policy) => unknown;

it('reads what the compiler makes', () => {
  expect(read(base())).toEqual({ policy: base() });
});

describe('refuses', () => {
  const cases: [string, Edit, RegExp][] = [
    ['no JSON', () => '{', /not JSON/],
    ['a byte order mark', (p) => `\ufeff${JSON.stringify(p)}`, /not JSON/],
    ['another format', (p) => ({ ...p, format: 2 }), /format 2/],
    ['no format', () => ({}), /format null/],
    ['an unknown field', (p) => ({ ...p, extra: 1 }), /additional properties \(extra\)/],
    ['a missing field', (p) => ({ ...p, revoked: undefined }), /revoked/],
    [
      'an unknown field of a grant',
      (p) => ({ ...p, agents: { bot: { grants: [{ ...grant('files', []), limits: {} }] } } }),
      /limits/,
    ],
    ['an unknown transport', (p) => edit(p, (s) => speaking(s, { type: 'smoke' })), /constant/],
    ['a transport half said', (p) => edit(p, (s) => speaking(s, { type: 'http', path: '/mcp' })), /transport/],
    ['a transport to nowhere', (p) => edit(p, (s) => speaking(s, { type: 'remote', url: 'file:///x' })), /transport/],
    ['a name with a path', (p) => ({ ...p, servers: { '../x': p.servers['files'] } }), /pattern|property name/],
    [
      'a token hash that is none',
      (p) => ({ ...p, tokens: { abc: { id: 'abcdefghij', agent: 'bot', expires: null } } }),
      /pattern|property name/,
    ],
    [
      'an unreadable expiry',
      (p) => ({ ...p, tokens: { ['a'.repeat(64)]: { id: 'abcdefghij', agent: 'bot', expires: '2027-13-99T00:00' } } }),
      /expiry/,
    ],
    ['a generation that is not described', (p) => edit(p, (s) => ({ ...s, serving: 9 })), /generation 9/],
    ['definitions that are missing', (p) => ({ ...p, definitions: {} }), /definitions are missing/],
    [
      'a tool without a hash',
      (p) => edit(p, (s) => ({ ...s, generations: { '1': { ...s.generations['1'], tools: {} } } })),
      /no hash/,
    ],
    [
      'a hash without a tool',
      (p) =>
        edit(p, (s) => ({
          ...s,
          generations: {
            '1': { ...s.generations['1'], tools: { ...s.generations['1']?.tools, x: `sha256:${'0'.repeat(64)}` } },
          },
        })),
      /tool x/,
    ],
    ['two servers of one prefix', (p) => ({ ...p, servers: { ...p.servers, other: p.servers['files'] } }), /prefix/],
    [
      'a rule that cannot be enforced',
      (p) => ({
        ...p,
        agents: { bot: { grants: [grant('files', ['read'], { arguments: { read: { $ref: '#' } } })] } },
      }),
      /\$ref/,
    ],
  ];
  it.each(cases)('%s', (_name, change, words) => {
    expect(read(change(base()))).toEqual({ error: expect.stringMatching(words) as string });
  });

  function speaking(server: Policy['servers'][string], transport: unknown): unknown {
    return { ...server, generations: { '1': { ...server.generations['1'], transport } } };
  }

  function edit(p: Policy, change: (server: Policy['servers'][string]) => unknown): unknown {
    const files = p.servers['files'];
    return { ...p, servers: { files: files && change(files) } };
  }
});

it('takes a file whose content is what its name says, and no other', () => {
  const bytes = Buffer.from('{}');
  const digest = createHash('sha256').update(bytes).digest('hex');
  expect(verify(`00000001-${digest}.json`, bytes)).toBe(true);
  expect(verify(`00000001-${digest}.json`, Buffer.from('{ }'))).toBe(false);
  expect(verify(`1-${digest}.json`, bytes)).toBe(false);
  expect(verify(`00000001-${digest}.json.tmp`, bytes)).toBe(false);
  expect(parseArtifactName(`00000042-${digest}.json`)).toEqual({ seq: 42, digest });
});
