/** An MCP server in memory: answers by a table of methods, and remembers what it was sent. */
import type { Channel } from '../../src/mcp/channel.js';
import type { Json, JsonObject } from '../../src/model/definitions.js';

export interface Sent extends JsonObject {
  method: string;
}

/** A result; a whole message, where it has `raw`; null: no answer. */
type Answer = JsonObject | null;
export type Script = Record<string, (params: JsonObject) => Answer>;

export interface ScriptedServer extends Channel {
  sent: Sent[];
  /** Says a line of its own. */
  say(line: string): void;
  exit(reason: string): void;
}

export function scripted(script: Script): ScriptedServer {
  let onLine: (line: Buffer) => void = () => undefined;
  let onClose: (reason: string) => void = () => undefined;
  const sent: Sent[] = [];
  const say = (line: string): void => queueMicrotask(() => onLine(Buffer.from(line)));
  return {
    sent,
    say,
    exit: (reason) => queueMicrotask(() => onClose(reason)),
    send(line) {
      const message = JSON.parse(line.toString()) as Sent;
      sent.push(message);
      if (message.id === undefined || !('method' in message)) return;
      const answer = script[message.method]?.((message.params ?? {}) as JsonObject);
      if (answer === null) return;
      say(JSON.stringify(answered(message.id, answer)));
    },
    onLine: (listener) => void (onLine = listener),
    onClose: (listener) => void (onClose = listener),
    close: () => undefined,
  };
}

function answered(id: Json, answer: JsonObject | undefined): JsonObject {
  if (answer === undefined) return { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
  if ('raw' in answer) return { jsonrpc: '2.0', id, ...(answer.raw as JsonObject) };
  return { jsonrpc: '2.0', id, result: answer };
}

/** What a well-behaved server says of itself. */
export function hello(more: JsonObject = {}): JsonObject {
  return {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'scripted', version: '1' },
    ...more,
  };
}
