/**
 * A real MCP client (the SDK's) that calls one tool over and over within a session, and writes down what became of each
 * call. As an agent's program would, it tries again where no answer came: a connection that was refused, or closed
 * without a word, and a session that is unknown (404), which is begun anew. Whether any of these calls had been taken is
 * in the audit.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

export interface AgentCall {
  /** null: answered. */
  error: string | null;
  text: string;
  /** Milliseconds of performance.now(). */
  since: number;
  until: number;
  /** How often it was sent, or tried to be. */
  tries: number;
}

export interface AgentInSession {
  calls: AgentCall[];
  /** Sessions that it had so far. */
  sessions: () => number;
  /** Resolves when so many more calls have ended. */
  more(count: number): Promise<void>;
  end(): Promise<void>;
}

const PAUSE_MS = 15;
const PATIENCE_MS = 60_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function agentInSession(url: string, token: string, tool: string): Promise<AgentInSession> {
  const calls: AgentCall[] = [];
  const session: { client: Client | null } = { client: null };
  let sessions = 0;
  let ended = false;

  const begin = async (): Promise<Client> => {
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    const fresh = new Client({ name: 'agent-in-session', version: '1' });
    fresh.onerror = () => undefined; // of its stream, which breaks with the proxy; calls tell for themselves
    await fresh.connect(transport);
    sessions += 1;
    return fresh;
  };

  const call = async (tried: () => void): Promise<string> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      tried();
      try {
        session.client ??= await begin();
        const { content, isError } = await session.client.callTool({ name: tool, arguments: { message: 'm' } });
        const text = (content as { text?: string }[])[0]?.text ?? '';
        if (isError === true) throw new Error(`refused: ${text}`);
        return text;
      } catch (cause) {
        if (performance.now() > deadline || !isUnanswered(cause)) throw cause;
        if (isUnknownSession(cause)) {
          await session.client?.close().catch(() => undefined);
          session.client = null;
        }
        await pause(PAUSE_MS);
      }
    }
  };

  const loop = (async () => {
    while (!ended) {
      const since = performance.now();
      let tries = 0;
      const done = await call(() => (tries += 1)).then(
        (text) => ({ text, error: null }),
        (cause: unknown) => ({ text: '', error: inWords(cause) }),
      );
      calls.push({ ...done, since, until: performance.now(), tries });
      await pause(PAUSE_MS);
    }
    await session.client?.close().catch(() => undefined);
  })();

  return {
    calls,
    sessions: () => sessions,
    async more(count) {
      const wanted = calls.length + count;
      while (calls.length < wanted) await pause(PAUSE_MS);
    },
    async end() {
      ended = true;
      await loop;
    },
  };
}

const isUnknownSession = (cause: unknown): boolean => (cause as { code?: unknown }).code === 404;

/** undici's words for a connection that was refused, reset, and closed. */
const NO_ANSWER: readonly unknown[] = ['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'];

function isUnanswered(cause: unknown): boolean {
  return isUnknownSession(cause) || NO_ANSWER.includes((cause as { cause?: { code?: unknown } }).cause?.code);
}

function inWords(cause: unknown): string {
  const beneath = (cause as { cause?: Error }).cause;
  return beneath === undefined ? String(cause) : `${String(cause)}: ${String(beneath)}`;
}
