/** Parameters that go into headers too (MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters). */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import { headerValue, mirroredParameters, mirrorHeaders } from '../../src/wire/mirror.js';

function tool(properties: JsonObject, more: JsonObject = {}): { name: string; inputSchema: JsonObject } {
  return { name: 'query', inputSchema: { type: 'object', properties, ...more } };
}

describe('a value', () => {
  it.each([
    ['us-west1', 'us-west1'],
    ['a b\tc', 'a b\tc'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ])('%j is %s', (value, header) => {
    expect(headerValue(value)).toBe(header);
  });
});

it('is read at its exact path, and left out where there is none', () => {
  const mirrored = mirroredParameters(
    tool({
      region: { type: 'string', 'x-mcp-header': 'Region' },
      page: { type: 'object', properties: { size: { type: 'integer', 'x-mcp-header': 'Page-Size' } } },
      dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
      note: { type: 'string', default: { 'x-mcp-header': 'not a schema' } },
    }),
  );
  if (typeof mirrored === 'string') throw new Error(mirrored);
  expect(mirrorHeaders(mirrored, { region: 'eu', page: { size: 42 }, dry: false })).toEqual({
    'Mcp-Param-Region': 'eu',
    'Mcp-Param-Page-Size': '42',
    'Mcp-Param-Dry': 'false',
  });
  expect(mirrorHeaders(mirrored, { region: null, page: 'none', dry: 1.5 })).toEqual({});
});

describe('a definition is not shown', () => {
  it.each([
    ['an empty name', { a: { type: 'string', 'x-mcp-header': '' } }],
    ['a name that is none', { a: { type: 'string', 'x-mcp-header': 'a b' } }],
    ['a line end', { a: { type: 'string', 'x-mcp-header': 'a\r\nb' } }],
    ['a number', { a: { type: 'number', 'x-mcp-header': 'A' } }],
    ['an object', { a: { type: 'object', 'x-mcp-header': 'A' } }],
    ['the same name twice', { a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } }],
    ['items', { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } }],
    ['oneOf', { a: { oneOf: [{ type: 'string', 'x-mcp-header': 'A' }] } }],
  ])('for %s', (_what, properties) => {
    expect(typeof mirroredParameters(tool(properties))).toBe('string');
  });

  it('for one out of reach in $defs', () => {
    const defs = { $defs: { a: { type: 'string', 'x-mcp-header': 'A' } } };
    expect(typeof mirroredParameters(tool({}, defs))).toBe('string');
  });
});
