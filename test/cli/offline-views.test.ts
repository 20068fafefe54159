/** Commands that ask no engine and print what is declared: `output`, `graph`. */
import { describe, expect, it } from 'vitest';
import { mermaid } from '../../src/cli/views/mermaid.js';
import type { Graph } from '../../src/workflow/graph.js';
import { expectToolcrib } from '../support/cli.js';
import { folder, NO_ENGINE, PROJECT } from './folder.js';

const DECLARATION = `${PROJECT}volumes:
  notes: {}
servers:
  files:
    image: example/files:1
    mounts:
      - {source: ./docs, target: /data, readonly: true}
      - {volume: notes, target: /notes}
  clock: {image: example/clock:1}
agents:
  reader:
    authenticate: [token: {}]
    grants: [{server: files, tools: ["read_*", list]}]
  idle:
    authenticate: [token: {}]
`;

const project = (): Promise<string> => folder({ 'toolbox.yaml': DECLARATION, 'docs/a.md': '' });
const run = async (...args: string[]): Promise<string> =>
  (await expectToolcrib(await project(), args, 0, NO_ENGINE)).stdout;

describe('output', () => {
  it('names every address, and what each agent may use', async () => {
    expect(await run('output')).toMatchInlineSnapshot(`
      "The proxy of cli-test listens on 127.0.0.1:17411.

      WHAT        NAME   ADDRESS
      everything         http://127.0.0.1:17411/mcp
      toolbox     tools  http://127.0.0.1:17411/toolbox/tools/mcp
      server      clock  http://127.0.0.1:17411/server/clock/mcp
      server      files  http://127.0.0.1:17411/server/files/mcp
      health             http://127.0.0.1:17411/healthz
      ready              http://127.0.0.1:17411/readyz

      AGENT   MAY USE
      reader  files
      idle    nothing yet
      "
    `);
  });

  it('as JSON', async () => {
    const base = 'http://127.0.0.1:17411';
    expect(JSON.parse(await run('output', '--json'))).toEqual({
      project: 'cli-test',
      environment: null,
      endpoint: `${base}/mcp`,
      listen: { host: '127.0.0.1', port: 17411 },
      health: `${base}/healthz`,
      ready: `${base}/readyz`,
      toolboxes: { tools: `${base}/toolbox/tools/mcp` },
      servers: { clock: `${base}/server/clock/mcp`, files: `${base}/server/files/mcp` },
      agents: [
        {
          address: 'agent.reader',
          endpoint: `${base}/mcp`,
          toolboxes: { tools: `${base}/toolbox/tools/mcp` },
          servers: { files: `${base}/server/files/mcp` },
        },
        { address: 'agent.idle', endpoint: `${base}/mcp`, toolboxes: {}, servers: {} },
      ],
    });
  });
});

describe('graph', () => {
  it('draws agents, servers, and what they reach', async () => {
    expect((await run('graph')).replace(/[^"]*(?=#\d+;docs|\/docs")/, 'FOLDER')).toMatchInlineSnapshot(`
      "flowchart LR
        n0(["reader"])
        n1(["idle"])
        n4[("notes")]
        n5[/"FOLDER/docs"/]
        subgraph t0["toolbox tools"]
          n2["files"]
          n3["clock"]
        end
        n0 -->|"read_#42;, list"| n2
        n2 -.->|"/data (read-only)"| n5
        n2 -->|"/notes"| n4
      "
    `);
  });

  it('as JSON: nodes and edges', async () => {
    const { nodes, edges } = JSON.parse(await run('graph', '--json')) as Graph;
    expect(nodes.map(({ id }) => id.replace(/^folder\..*\//, 'folder.'))).toEqual([
      'agent.reader',
      'agent.idle',
      'server.files',
      'server.clock',
      'volume.notes',
      'folder.docs',
    ]);
    for (const { from, to } of edges) expect(nodes.map(({ id }) => id)).toEqual(expect.arrayContaining([from, to]));
  });

  it('draws networks and remote hosts', async () => {
    const more = `${PROJECT}volumes: {old: {name: legacy}}
servers:
  web: {image: example/web:1, transport: {http: {port: 8080}}, mounts: [{volume: old, target: /old}]}
  far: {remote: "https://far.example/mcp"}
`;
    const { stdout } = await expectToolcrib(await folder({ 'toolbox.yaml': more }), ['graph'], 0, NO_ENGINE);
    expect(stdout).toMatchInlineSnapshot(`
      "flowchart LR
        n2[("old (external: legacy)")]
        n3{{"internal network, shared with the proxy alone"}}
        n4>"far.example"]
        subgraph t0["toolbox tools"]
          n0["web"]
          n1["far"]
        end
        n0 -->|"/old"| n2
        n0 -->|"HTTP, port 8080"| n3
        n1 -->|"HTTPS, /mcp"| n4
      "
    `);
  });

  it('lets no label end itself or become a line of its own', () => {
    const evil = 'a"]\n  click n0 "javascript:alert(1)" %%{init}%% --> | <b> #quot; `';
    const text = mermaid({
      project: 'p',
      nodes: [{ id: 'folder.x', kind: 'folder', label: evil, toolbox: null }],
      edges: [{ from: 'folder.x', to: 'folder.x', label: evil, readonly: true }],
    });
    const [, node, edge, ...more] = text.split('\n');
    expect(more).toEqual([]);
    expect(node?.match(/"/g)).toHaveLength(2);
    expect(edge?.match(/["|]/g)).toHaveLength(4);
    expect(text).not.toMatch(/[<`%]|#(?!\d+;)/);
  });
});
