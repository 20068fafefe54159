/** Definitions as an agent of either era may see them (notes: mcp-proxying). Pure. */
import { isObject, type Definition } from '../../model/definitions.js';
import { WRAPPER } from './translate-result.js';
import type { Era } from '../upstream-port.js';

/** Whether an older agent, which knows objects alone, is shown this tool's output wrapped into one. */
export function wrapsOutput({ outputSchema }: Definition): boolean {
  return isObject(outputSchema) && outputSchema['type'] !== 'object';
}

export function translateTool(tool: Definition, to: Era): Definition {
  if (to === 'modern') {
    if (!Object.hasOwn(tool, 'execution')) return tool;
    // Tasks of the older kind: not offered.
    const { execution: _, ...rest } = tool;
    return { ...rest, name: tool.name };
  }
  if (!wrapsOutput(tool)) return tool;
  const inner = tool['outputSchema'] ?? {};
  return {
    ...tool,
    outputSchema: { type: 'object', properties: { [WRAPPER]: inner }, required: [WRAPPER] },
  };
}
