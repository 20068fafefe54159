import { describe, expect, it } from 'vitest';
import { digestOf, sha256Hex, toolHashes } from '../../src/definitions/hash.js';
import type { Definition, JsonObject, ServerDefinitions } from '../../src/model/definitions.js';

const tool: Definition = {
  name: 'read',
  title: 'Read',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  outputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
  icons: [{ src: 'data:image/png;base64,AA==' }],
  _meta: { 'vendor/field': 1 },
};

function definitions(tools: Definition[]): ServerDefinitions {
  return {
    protocolVersion: '2025-11-25',
    serverInfo: { name: 's', version: '1' },
    capabilities: { tools: {} },
    instructions: null,
    tools,
    prompts: [],
    resources: [],
    resourceTemplates: [],
  };
}

describe('hashes of definitions', () => {
  it('sha256Hex is SHA-256', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex(Buffer.from('abc'))).toBe(sha256Hex('abc'));
  });

  it('a digest says its algorithm and is over canonical JSON', () => {
    expect(digestOf({ b: 1, a: [2] })).toBe(`sha256:${sha256Hex('{"a":[2],"b":1}')}`);
  });

  const changes: [string, JsonObject][] = [
    ['title', { title: 'Read!' }],
    ['description', { description: 'Reads a file. ' }],
    ['a character that is not seen', { description: 'Reads a\u200b file.' }],
    ['inputSchema', { inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: [] } }],
    ['outputSchema', { outputSchema: { type: 'object', description: 'x' } }],
    ['annotations', { annotations: { readOnlyHint: false } }],
    ['icons', { icons: [] }],
    ['_meta', { _meta: { 'vendor/field': 2 } }],
    ['a field nobody knows', { 'x-mcp-header': 'A' }],
  ];

  it.each(changes)('a change in %s changes the hash', (_, change) => {
    const before = toolHashes(definitions([tool]));
    const after = toolHashes(definitions([{ ...tool, ...change }]));
    expect(after.tools.read).not.toBe(before.tools.read);
    expect(after.all).not.toBe(before.all);
  });

  it('the order of keys does not', () => {
    const turned = Object.fromEntries(Object.entries(tool).reverse()) as Definition;
    expect(toolHashes(definitions([turned]))).toEqual(toolHashes(definitions([tool])));
  });

  it('instructions count for the whole, not for a tool', () => {
    const plain = toolHashes(definitions([tool]));
    const told = toolHashes({ ...definitions([tool]), instructions: 'Call read first.' });
    expect(told.tools).toEqual(plain.tools);
    expect(told.all).not.toBe(plain.all);
  });

  it('two tools of one name are refused', () => {
    expect(() => toolHashes(definitions([tool, { ...tool, title: 'Other' }]))).toThrow(/two tools are named read/);
  });

  it('names that objects know are names like others', () => {
    const { tools } = toolHashes(definitions([{ name: '__proto__' }, { name: 'constructor' }, { name: 'toString' }]));
    expect(Object.keys(tools)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getOwnPropertyDescriptor(tools, '__proto__')?.value).toBe(digestOf({ name: '__proto__' }));
  });
});
