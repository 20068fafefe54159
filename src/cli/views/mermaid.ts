/** A graph as a Mermaid flowchart. Labels are quoted, and every mark in them that could end one is an entity. */
import { visible } from '../../diagnostics/visible.js';
import type { Graph, Node, NodeKind } from '../../workflow/graph.js';

/** An edge's label is shown on one line; what is too long for it is cut. */
const LONGEST = 60;

const SHAPES: Record<NodeKind, [open: string, close: string]> = {
  agent: ['([', '])'],
  server: ['[', ']'],
  volume: ['[(', ')]'],
  folder: ['[/', '/]'],
  network: ['{{', '}}'],
  host: ['>', ']'],
};

export function mermaid({ nodes, edges }: Graph): string {
  const ids = new Map(nodes.map((node, index) => [node.id, `n${index}`]));
  const line = (node: Node, margin: string): string => {
    const [open, close] = SHAPES[node.kind];
    return `${margin}${ids.get(node.id) ?? ''}${open}"${text(node.label)}"${close}`;
  };
  const toolboxes = [...new Set(nodes.flatMap(({ toolbox }) => (toolbox === null ? [] : [toolbox])))];
  return [
    'flowchart LR',
    ...nodes.filter(({ toolbox }) => toolbox === null).map((node) => line(node, '  ')),
    ...toolboxes.flatMap((toolbox, index) => [
      `  subgraph t${index}["toolbox ${text(toolbox)}"]`,
      ...nodes.filter((node) => node.toolbox === toolbox).map((node) => line(node, '    ')),
      '  end',
    ]),
    ...edges.map(({ from, to, label, readonly }) => {
      const arrow = readonly ? '-.->' : '-->';
      return `  ${ids.get(from) ?? ''} ${arrow}|"${text(label)}"| ${ids.get(to) ?? ''}`;
    }),
  ].join('\n');
}

/** Mermaid's own entities: `#34;` is a quotation mark. */
function text(label: string): string {
  const shown = visible(label);
  const short = shown.length > LONGEST ? `${shown.slice(0, LONGEST - 1)}…` : shown;
  return short.replace(/[^\p{L}\p{N} .,:/_()…-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
