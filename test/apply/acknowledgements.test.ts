import { describe, expect, test } from 'vitest';
import { acknowledgements } from '../../src/apply/acknowledgements.js';
import { writeTar } from '../../src/docker/archive.js';
import type { ArchiveFile, ReadEngine } from '../../src/engine/engine.js';

/** An engine with one file, which counts how often it is looked at and how often it is read. */
function engine() {
  const file = { seq: 0, modified: 0, looks: 0, reads: 0, whileRead: (): void => undefined };
  const write = (seq: number, tick = file.modified + 1): void => void Object.assign(file, { seq, modified: tick });
  const port = {
    statArchive: () => {
      file.looks += 1;
      return Promise.resolve(file.seq === 0 ? null : { size: 1, modified: String(file.modified) });
    },
    readArchive: async (): Promise<ArchiveFile[]> => {
      file.reads += 1;
      const content = Buffer.from(JSON.stringify({ seq: file.seq, digest: 'd', generations: {} }));
      file.whileRead();
      await writeTar([]);
      return [{ path: 'ack.json', content }];
    },
  };
  return { file, write, port: port as unknown as ReadEngine };
}

describe('what the proxy says', () => {
  test('is read once for all who wait, and again only when there is something new', async () => {
    const { file, write, port } = engine();
    write(1);
    const acks = acknowledgements(port, 'control', 60_000);
    const readers = Array.from({ length: 50 }, acks);
    expect((await Promise.all(readers.map((read) => read()))).map((ack) => ack?.seq)).toEqual(readers.map(() => 1));
    expect(file.reads).toBe(1);
    const next = Promise.all(readers.map((read) => read()));
    const looks = file.looks;
    await expect.poll(() => file.looks).toBeGreaterThan(looks + 3);
    expect(file.reads).toBe(1);
    write(2);
    expect((await next).map((ack) => ack?.seq)).toEqual(readers.map(() => 2));
    expect(file.reads).toBe(2);
  });

  test('what was read for another is given to who has not had it', async () => {
    const { file, write, port } = engine();
    write(1);
    const acks = acknowledgements(port, 'control', 60_000);
    const [one, other] = [acks(), acks()];
    expect((await one())?.seq).toBe(1);
    expect((await other())?.seq).toBe(1);
    expect(file.reads).toBe(1);
  });

  test('what is written while it is read is read as well', async () => {
    const { file, write, port } = engine();
    write(1);
    file.whileRead = () => {
      file.whileRead = () => undefined;
      write(2);
    };
    const read = acknowledgements(port, 'control', 60_000)();
    expect((await read())?.seq).toBe(1);
    expect((await read())?.seq).toBe(2);
  });

  test('what was written twice within a tick of the clock is read after a while', async () => {
    const { write, port } = engine();
    write(1, 7);
    const read = acknowledgements(port, 'control', 30)();
    expect((await read())?.seq).toBe(1);
    write(2, 7);
    expect((await read())?.seq).toBe(2);
  });

  test('an engine that fails fails all who wait, and is asked again', async () => {
    const { write, port } = engine();
    write(1);
    const { statArchive } = port;
    port.statArchive = () => Promise.reject(new Error('the engine is gone'));
    const acks = acknowledgements(port, 'control', 60_000);
    const [one, other] = [acks(), acks()];
    const asked = [one(), other()];
    for (const each of asked) await expect(each).rejects.toThrow('the engine is gone');
    port.statArchive = statArchive;
    expect((await one())?.seq).toBe(1);
  });
});
