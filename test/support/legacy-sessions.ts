/** Streamable HTTP of the SDK 1.x: sessions, each with a server of its own. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

export function legacySessions(make: () => McpServer): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const open = new Map<string, StreamableHTTPServerTransport>();
  return async (req, res) => {
    const id = req.headers['mcp-session-id'];
    if (typeof id === 'string') {
      const known = open.get(id);
      if (known) return known.handleRequest(req, res);
      res.writeHead(404).end();
      return;
    }
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (session) => void open.set(session, transport),
    });
    await make().connect(transport);
    await transport.handleRequest(req, res);
  };
}
