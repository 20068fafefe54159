/** Whom a request means, and whom it never reaches. */
import { describe, expect, it } from 'vitest';
import { LABEL } from '../../src/model/labels.js';
import { echo, PROJECT } from './fake-engine.js';
import { ask, open } from './peer.js';
import { calls, engine, FILES, socket } from './started-bridge.js';

describe('whom it opens', () => {
  const refused = async (code: string): Promise<void> => {
    const { peer, answer } = await open(socket);
    expect(answer).toMatchObject({ ok: false, code });
    expect(await peer.line()).toBeNull();
    expect(calls('attach')).toEqual([]);
  };

  it('refuses a server that is not there, and forgets it', async () => {
    await refused('unknown_server');
    const { answer } = await ask(socket, { op: 'list' });
    expect(answer).toEqual({ ok: true, servers: [] });
  });

  it('refuses the same address of another project', async () => {
    engine.add('files', 1, echo, { labels: { [LABEL.projectId]: 'another' } });
    await refused('unknown_server');
  });

  it('refuses the same address of another environment of this project', async () => {
    engine.add('files', 1, echo, { labels: { [LABEL.project]: 'acme-prod' } });
    await refused('unknown_server');
  });

  it('refuses a container that has all labels from its image', async () => {
    engine.addImage('sha256:evil', {
      [LABEL.projectId]: PROJECT.id,
      [LABEL.address]: 'server.files',
      [LABEL.generation]: '1',
    });
    engine.add('files', 1, echo, { image: 'sha256:evil' });
    await refused('unknown_server');
  });

  it('refuses a container without its image under another name, and takes it under its own', async () => {
    engine.add('files', 1, echo, { image: 'sha256:gone', name: 'stranger' });
    await refused('unknown_server');
    engine.add('files', 1, echo, { image: 'sha256:gone' });
    expect((await open(socket)).answer).toEqual({ ok: true });
    expect(calls('start')).toEqual([`start ${FILES}`]);
  });

  it('refuses a dynamic instance', async () => {
    engine.add('files', 1, echo, { labels: { [LABEL.instance]: 'a1' } });
    await refused('unknown_server');
  });

  it('refuses two of the same labels when neither has the name', async () => {
    engine.add('files', 1, echo, { name: 'one' });
    engine.add('files', 1, echo, { name: 'two' });
    await refused('ambiguous_server');
  });

  it('takes the one of our name among two of the same labels', async () => {
    engine.add('files', 1, echo, { name: 'copy' });
    engine.add('files', 1, echo);
    expect((await open(socket)).answer).toEqual({ ok: true });
    expect(calls('start')).toEqual([`start ${FILES}`]);
  });

  it('refuses one that is removed while it looks', async () => {
    engine.add('files', 1, echo);
    engine.inspectContainer = () => Promise.resolve(null);
    await refused('unknown_server');
  });
});
