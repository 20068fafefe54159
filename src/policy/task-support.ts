/** Which tools can be called as tasks, by what was locked of their servers. Pure. */
import { isObject, type Definition, type JsonObject, type ServerDefinitions } from '../model/definitions.js';

/** What both sides of 2026-07-28 declare (MCP Tasks extension, Extension Identifier). */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';
const MODERN = '2026-07-28';
/** The first version, and the only one, of tasks that are asked for. */
export const TASKS_SINCE = '2025-11-25';

/**
 * `optional`, `required`: where the agent asks for it (MCP 2025-11-25, Tasks, Tool-Level Negotiation); `directed`: where
 * the server likes (2026-07-28's extension).
 */
export type TaskSupport = 'none' | 'optional' | 'required' | 'directed';

/** Of a server as a whole. */
export function declaredTasks({ protocolVersion, capabilities }: ServerDefinitions): 'none' | 'asked' | 'directed' {
  if (protocolVersion === MODERN) return declaresExtension(capabilities) ? 'directed' : 'none';
  if (protocolVersion < TASKS_SINCE) return 'none';
  const call = memberOf(memberOf(memberOf(capabilities['tasks'], 'requests'), 'tools'), 'call');
  return isObject(call) ? 'asked' : 'none';
}

/** What a tool says of itself counts only where its server as a whole has tasks. */
export function taskSupport(declared: ReturnType<typeof declaredTasks>, tool: Definition): TaskSupport {
  if (declared !== 'asked') return declared;
  const said = memberOf(tool['execution'], 'taskSupport');
  return said === 'optional' || said === 'required' ? said : 'none';
}

export function declaresExtension(capabilities: JsonObject): boolean {
  return isObject(memberOf(capabilities['extensions'], TASKS_EXTENSION));
}

/** The tool without what it says of tasks, where nobody could have one of it. */
export function withoutTaskSupport(tool: Definition): Definition {
  const { execution, ...rest } = tool;
  const said = memberOf(execution, 'taskSupport');
  if (!isObject(execution) || said === undefined || said === 'forbidden') return tool;
  const { taskSupport: _, ...more } = execution;
  return { ...rest, name: tool.name, ...(Object.keys(more).length > 0 && { execution: more }) };
}

function memberOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
