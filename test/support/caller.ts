/** An agent that calls one tool over and over, and writes down what became of each call. */

export interface Caller {
  calls: { text: string; error: string | null; ms: number }[];
  end(): Promise<void>;
}

const HEADERS = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
const PAUSE_MS = 20;

export async function callInALoop(url: string, token: string, tool: string): Promise<Caller> {
  const headers: Record<string, string> = { ...HEADERS, Authorization: `Bearer ${token}` };
  const opened = await post(url, headers, 0, 'initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'caller', version: '1.0.0' },
  });
  const session = opened.session;
  if (session) headers['Mcp-Session-Id'] = session;
  headers['MCP-Protocol-Version'] = '2025-06-18';
  const calls: Caller['calls'] = [];
  let ended = false;
  const loop = (async () => {
    for (let id = 1; !ended; id += 1) {
      const since = performance.now();
      const { text, error } = await post(url, headers, id, 'tools/call', {
        name: tool,
        arguments: { message: 'm' },
      }).catch((cause: unknown) => ({ text: '', error: String(cause) }));
      calls.push({ text, error, ms: performance.now() - since });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    calls,
    end: async () => {
      ended = true;
      await loop;
    },
  };
}

interface Message {
  result?: { isError?: boolean; content?: { text?: string }[] };
  error?: { message: string };
}

async function post(
  url: string,
  headers: Record<string, string>,
  id: number,
  method: string,
  params: object,
): Promise<{ text: string; error: string | null; session: string | null }> {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
  });
  const session = response.headers.get('mcp-session-id');
  const body = await response.text();
  if (!response.ok) return { text: '', error: `${response.status} ${body}`, session };
  const { result, error } = JSON.parse(body.replace(/^(?:event: .*\n)?data: /, '')) as Message;
  const text = result?.content?.[0]?.text ?? '';
  if (error) return { text, error: error.message, session };
  return { text, error: result?.isError ? `refused: ${text}` : null, session };
}
