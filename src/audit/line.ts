/** The two lines of a call in the audit log, one JSON object a line (notes: security, Audit). */

export interface DecisionLine {
  type: 'decision';
  /** ISO 8601 with milliseconds. */
  time: string;
  /** Counts up within `boot`. */
  seq: number;
  boot: string;
  project: string;
  /** null: not authenticated. */
  agent: string | null;
  /** Token id. */
  subject: string | null;
  endpoint: string;
  method: string;
  server: string | null;
  generation: number | null;
  /** The server's own name of the tool; for a tool the agent cannot see, what it asked for (bounded, escaped). */
  tool: string | null;
  decision: 'allow' | 'deny';
  /** Rule that decided: `agents.triage-bot.grants[0]`, or `default`. */
  rule: string;
  /** Machine-readable: `granted`, `not_granted`, `arguments`, `unauthenticated`, … */
  reason: string;
  policy: string;
  definition: string | null;
  image: string | null;
  /** HMAC-SHA256 of the argument bytes that went upstream. */
  arguments: string | null;
  /** How many such refusals this line stands for, where a flood was gathered; left out: one. */
  count?: number;
}

export interface OutcomeLine {
  type: 'outcome';
  time: string;
  /** `seq` and `boot` of its decision. */
  seq: number;
  boot: string;
  outcome: 'ok' | 'tool_error' | 'error' | 'timeout' | 'disconnected';
  milliseconds: number;
  bytes: number;
  error: string | null;
}

export type AuditLine = DecisionLine | OutcomeLine;
