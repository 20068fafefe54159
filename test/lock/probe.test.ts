/** The sealed probe on the real engine: what it reads, what it says when there is nothing to read, what it leaves behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { Failure } from '../../src/diagnostics/failure.js';
import { probeServer } from '../../src/lock/probe.js';
import type { ProbeOptions } from '../../src/lock/probe.js';
import { sealed } from '../../src/lock/sealed.js';
import type { ResolvedContainer } from '../../src/model/container.js';
import type { ServerDefinitions } from '../../src/model/definitions.js';
import { engineName, LABEL } from '../../src/model/labels.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';
import { BANNER, complaining, ENDLESS_LINE, EXITS, GREEDY, SILENT, smallServer } from './bad-server.js';

let place: Bench;
let count = 0;

beforeAll(async () => {
  place = await bench('probe');
});
afterAll(() => place.cleanUp());

const options = (more: Partial<ProbeOptions> = {}): ProbeOptions => ({
  address: 'server.files',
  clientInfo: { name: 'toolcrib', version: '0.0.1' },
  envelope: { protocolVersion: '2025-11-25', capabilities: {} },
  signal: new AbortController().signal,
  timeoutSeconds: 20,
  ...more,
});

function probe(
  script: string,
  more: Partial<ProbeOptions> = {},
  spec: Partial<ResolvedContainer> = {},
): Promise<ServerDefinitions> {
  const name = engineName.probe(place.project.name, 'files', String((count += 1)));
  return probeServer(place.engine, sealed(place.spec(script, spec)), name, options(more));
}

async function refusal(work: Promise<unknown>): Promise<Diagnostic> {
  const error = await work.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  );
  const only = error instanceof Failure && error.diagnostics.length === 1 ? error.diagnostics[0] : undefined;
  if (!only) throw new Error(`not one diagnostic: ${String(error)}`);
  return only;
}

async function expectNothingLeft(): Promise<void> {
  expect(await place.engine.listContainersNamed(`toolcrib.${place.project.name}.`)).toEqual([]);
}

describe('probeServer', () => {
  it('reads the definitions and leaves nothing behind', async () => {
    const seen = await probe(smallServer(`[{ name: 'read', inputSchema: { type: 'object' } }]`));
    expect(seen.tools).toEqual([{ name: 'read', inputSchema: { type: 'object' } }]);
    expect(seen.serverInfo).toEqual({ name: 'small', version: '1' });
    await expectNothingLeft();
  });

  it('seals the server off: only lo, no capability, a root that cannot be written, mounts empty', async () => {
    const facts = `(() => {
      const fs = require('fs');
      const refused = (path) => { try { fs.writeFileSync(path, 'x'); return false; } catch { return true; } };
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      return [{
        name: 'facts',
        interfaces: Object.keys(require('os').networkInterfaces()),
        capabilities: /CapEff:\\s*(\\w+)/.exec(status)[1],
        privileges: /NoNewPrivs:\\s*(\\d)/.exec(status)[1],
        uid: process.getuid(),
        rootRefused: refused('/x'),
        data: fs.readdirSync('/data'),
        dataRefused: refused('/data/x'),
      }];
    })()`;
    const mounts: ResolvedContainer['mounts'] = [{ type: 'bind', source: '/etc', target: '/data', readonly: true }];
    const { tools } = await probe(
      smallServer(facts),
      {},
      { mounts, network: 'bridge', capAdd: ['NET_ADMIN'], readonlyRootfs: false },
    );
    expect(tools[0]).toMatchObject({
      interfaces: ['lo'],
      capabilities: '0000000000000000',
      privileges: '1',
      uid: 65532,
      rootRefused: true,
      data: [],
      dataRefused: false,
    });
  });

  it('a server that exits at once: exit code and stderr are told', async () => {
    const found = await refusal(probe(complaining(2, EXITS)));
    expect(found).toMatchObject({ code: 'server_exited', address: 'server.files' });
    expect(found.detail).toContain('exit code 3');
    expect(found.detail).toContain('  complaint 1\n  complaint 2');
    await expectNothingLeft();
  });

  it('a server that never answers: method, seconds and the last twenty lines of stderr', async () => {
    const found = await refusal(probe(complaining(1_000, SILENT), { timeoutSeconds: 2 }));
    expect(found).toMatchObject({ code: 'server_timeout', address: 'server.files' });
    expect(found.detail).toContain('initialize within 2 s');
    expect(found.detail.match(/complaint \d+/g)).toEqual(Array.from({ length: 20 }, (_, n) => `complaint ${981 + n}`));
    await expectNothingLeft();
  });

  it('a server that greets on stdout: the greeting, harmless, and how to mend it', async () => {
    const found = await refusal(probe(complaining(1, BANNER)));
    expect(found).toMatchObject({ code: 'server_bad_output', address: 'server.files' });
    expect(found.detail).toContain('ready');
    expect(found.detail).not.toContain('\u001b');
    expect(found.detail).toContain('complaint 1');
    expect(found.fix).toContain('stderr');
    await expectNothingLeft();
  });

  it('a line of 10 MB is refused for what it is', async () => {
    const found = await refusal(probe(complaining(1, ENDLESS_LINE)));
    expect(found).toMatchObject({ code: 'server_bad_output', address: 'server.files' });
    expect(found.detail).toContain('more than 8 MiB');
    expect(found.detail).toContain('complaint 1');
    expect(found.detail.length).toBeLessThan(500);
    await expectNothingLeft();
  });

  it('a server that says nothing on stderr is told as that', async () => {
    expect((await refusal(probe(EXITS))).detail).toContain('nothing to stderr');
  });

  it('a server that takes more memory than it has', async () => {
    const found = await refusal(probe(GREEDY, {}, { memory: 64 * 1024 * 1024 }));
    expect(found.code).toBe('server_exited');
    expect(found.detail).toMatch(/memory|exit code 137/);
  });

  it('a program that is not there', async () => {
    const found = await refusal(probe('', {}, { entrypoint: ['/no/such/program'] }));
    expect(found).toMatchObject({ code: 'server_exited', address: 'server.files' });
    expect(found.detail).toContain('/no/such/program');
    await expectNothingLeft();
  });

  it('two tools of one name cannot be locked', async () => {
    const found = await refusal(probe(smallServer(`[{ name: 'read' }, { name: 'read', title: 'Other' }]`)));
    expect(found).toMatchObject({ code: 'server_refused', address: 'server.files' });
    expect(found.detail).toContain('two tools are named read');
  });

  it('a place in a file is kept', async () => {
    const range = { file: 'toolbox.yaml', start: { line: 3, column: 5 }, end: { line: 3, column: 9 } };
    expect((await refusal(probe(EXITS, { range }))).range).toEqual(range);
  });

  it('stops when told to, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const stopped = refusal(probe(SILENT, { signal: controller.signal }));
    await expect
      .poll(() => place.engine.listContainersNamed(`toolcrib.${place.project.name}.`), { timeout: 20_000 })
      .toMatchObject([{ state: 'running' }]);
    controller.abort();
    expect((await stopped).code).toBe('interrupted');
    await expectNothingLeft();
  });

  it('told to stop before it began, it begins nothing', async () => {
    expect((await refusal(probe(SILENT, { signal: AbortSignal.abort() }))).code).toBe('interrupted');
    await expectNothingLeft();
  });
});

describe('sealed', () => {
  it('keeps who it is for, and drops what says that it serves', () => {
    const labels = {
      [LABEL.project]: 'acme',
      [LABEL.address]: 'server.files',
      [LABEL.generation]: '3',
      [LABEL.applied]: '{}',
    };
    expect(sealed(place.spec('', { labels })).labels).toEqual({
      [LABEL.project]: 'acme',
      [LABEL.address]: 'server.files',
    });
  });

  it('is sealed whatever was declared', () => {
    const declared = place.spec('', {
      network: 'toolcrib.acme.published',
      ports: [{ containerPort: 1, hostIp: '0.0.0.0', hostPort: 1 }],
      mounts: [
        { type: 'volume', source: 'v', target: '/a', readonly: false },
        { type: 'bind', source: '/home', target: '/a/b', readonly: true },
      ],
      capAdd: ['SYS_ADMIN'],
      capDrop: [],
      groupAdd: ['0'],
      readonlyRootfs: false,
      restart: 'unless-stopped',
      log: { type: 'json-file', config: {} },
    });
    expect(sealed(declared)).toMatchObject({
      network: 'none',
      ports: [],
      mounts: [],
      capAdd: [],
      capDrop: ['ALL'],
      groupAdd: [],
      readonlyRootfs: true,
      restart: 'no',
      log: { type: 'none' },
      stdin: true,
    });
    expect(Object.keys(sealed(declared).tmpfs)).toEqual(['/tmp', '/a', '/a/b']);
  });
});
