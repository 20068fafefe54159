import { describe, expect, it } from 'vitest';
import { parsePypiSpec } from '../../src/config/pypi-spec.js';

describe('pypi: name[extra]@range', () => {
  it.each([
    ['mcp-server-time', 'mcp-server-time', [], ''],
    ['mcp-server-time@2026.10.19', 'mcp-server-time', [], '==2026.10.19'],
    ['Mcp_Server.Time@1', 'mcp-server-time', [], '==1'],
    ['mcp[cli, ws]@>=1.2, <2', 'mcp', ['cli', 'ws'], '>=1.2,<2'],
    ['a@~=1.4', 'a', [], '~=1.4'],
    ['a@==1.*', 'a', [], '==1.*'],
    ['a@1.0rc1.post2.dev3', 'a', [], '==1.0rc1.post2.dev3'],
  ])('%s', (declared, name, extras, range) => {
    expect(parsePypiSpec(declared)).toEqual({ package: name, extras, range });
  });

  it.each([
    ['git+https://example.com/a.git', 'build:'],
    ['./a', 'build:'],
    ['a-1.0-py3-none-any.whl', 'build:'],
    ['a==1.2', '`a@1.2`'],
    ['a>=1.2', '`a@>=1.2`'],
    ['-a@1', 'name@version'],
    ['a[b c]@1', 'a[cli]'],
    ['a@', '`a` alone'],
    ['a@latest', 'a@1.2.0'],
    ['a@1.0; os_name == "nt"', 'a@1.2.0'],
    ['a@>=1 --index-url=x', 'a@1.2.0'],
    ['a@===1.0', 'a@1.2.0'],
  ])('%s is refused, with what to write', (declared, said) => {
    const found = parsePypiSpec(declared);
    expect('fix' in found ? found.fix : found).toContain(said);
  });
});
