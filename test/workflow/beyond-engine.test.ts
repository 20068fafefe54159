/** A plan says what its engine could not start, with the line that asks for it. */
import { describe, expect, it } from 'vitest';
import type { EngineFacts } from '../../src/model/state.js';
import { beyondEngine } from '../../src/workflow/beyond-engine.js';
import { folder, HEAD, place, valid } from '../config/support.js';

const facts = (cpus?: number): EngineFacts => ({
  ...{
    id: 'e',
    name: 'small',
    version: '20.10.24',
    apiVersion: '1.41',
    platform: 'linux/amd64',
    endpoint: 'unix:///e',
  },
  ...(cpus !== undefined && { cpus }),
});

async function found(cpus?: number, targets: string[] = []): Promise<string[]> {
  const text = `${HEAD}servers:
  a: {image: a, resources: {cpus: 2}}
  b: {image: b, resources: {cpus: 2.5}}
  c: {remote: "https://c.example/mcp"}
`;
  const config = await valid(await folder({ 'toolbox.yaml': text }));
  return beyondEngine(config, facts(cpus), targets).map((each) => `${place(each)} ${each.detail}`);
}

describe('processors', () => {
  it('more than the engine has are refused where they are asked for', async () => {
    expect(await found(2)).toEqual([
      'error beyond_engine toolbox.yaml:7:35 `cpus: 2.5` is more than the engine small has: 2. It starts no container that asks for more.',
    ]);
    expect((await found(1)).length).toBe(2);
  });

  it('are not judged of servers that are no target, and of an engine that does not tell', async () => {
    expect(await found(2, ['server.a'])).toEqual([]);
    expect(await found()).toEqual([]);
  });
});
