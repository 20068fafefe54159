/** What a server offers, whole, as it said it. Objects are kept as received: vendor fields included. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A tool, resource, template or prompt, exactly as listed (MCP specification, Tools et al.). */
export interface Definition extends JsonObject {
  name: string;
}

/** What `initialize` and the list methods answered. */
export interface ServerDefinitions {
  protocolVersion: string;
  serverInfo: JsonObject;
  capabilities: JsonObject;
  instructions: string | null;
  tools: Definition[];
  prompts: Definition[];
  resources: JsonObject[];
  resourceTemplates: JsonObject[];
}

/** How the client presented itself when the definitions were read; the proxy presents the same. */
export interface Envelope {
  protocolVersion: string;
  capabilities: JsonObject;
}
