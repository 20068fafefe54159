/** An engine whose kernel limits no swap, in memory: it says so once, and sets every limit of it to -1. */
import { describe, expect, it } from 'vitest';
import type { Api, Call } from '../../src/docker/api.js';
import { createEngine } from '../../src/docker/engine.js';
import type { Engine } from '../../src/engine/engine.js';

const MEMORY = 64 << 20;
const VERSION = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12', Os: 'linux', Arch: 'amd64' };

function engineOf(SwapLimit: boolean, taken = MEMORY): Engine {
  const api = {
    version: '1.41',
    dialer: { endpoint: { url: 'unix:///engine.sock', from: 'DOCKER_HOST' } },
    json: ({ path }: Call) => Promise.resolve(path === '/info' ? { ID: 'i', Name: 'n', SwapLimit } : null),
    call: () => Promise.resolve(),
    find: () => Promise.resolve({ HostConfig: { Memory: taken, MemorySwap: -1 } }),
  } as unknown as Api;
  return createEngine(api, () => Promise.resolve(VERSION), (() => null) as never);
}

describe('an engine without a swap limit', () => {
  it('says so in its facts', async () => {
    expect((await engineOf(false).facts()).swapLimit).toBe(false);
    expect('swapLimit' in (await engineOf(true).facts())).toBe(false);
  });

  it('takes an update of the memory', async () => {
    await engineOf(false).updateContainer('c', { memory: MEMORY });
  });

  it('is still told from one that ignored the memory', async () => {
    await expect(engineOf(false, 1).updateContainer('c', { memory: MEMORY })).rejects.toThrow('as it was: memory.');
  });
});

it('one with a swap limit that left it unlimited is refused', async () => {
  await expect(engineOf(true).updateContainer('c', { memory: MEMORY })).rejects.toThrow('memory with swap');
});
