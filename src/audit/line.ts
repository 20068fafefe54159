/** The lines of the audit log, one JSON object a line: two a call, and checkpoints between them (notes: security, Audit). */

/** What makes a line part of the chain (chain.ts). */
interface Link {
  /** Counts up from 0 for as long as the log lives. */
  n: number;
  /** Hash of the line before: SHA-256 of a zero byte and the line without its end, hex. null: there was none. */
  prev: string | null;
}

export interface DecisionLine extends Link {
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
  /** Number of the task within `boot` that it is about; left out: none. */
  task?: number;
  /** Their text, cut to 64 KiB, where the grant says `audit: {arguments: full}`. */
  sent?: string;
  /** W3C Trace Context, as handed to the server: the trace that it belongs to. Left out: none. */
  traceparent?: string;
  /** How many such refusals this line stands for, where a flood was gathered; left out: one. */
  count?: number;
}

export interface OutcomeLine extends Link {
  type: 'outcome';
  time: string;
  /** `seq` and `boot` of its decision. */
  seq: number;
  boot: string;
  outcome: 'ok' | 'tool_error' | 'error' | 'timeout' | 'disconnected';
  milliseconds: number;
  bytes: number;
  error: string | null;
  /** The task that it made or was about, and how that stood then; left out: none. */
  task?: number;
  status?: string;
}

export interface CheckpointLine extends Link {
  type: 'checkpoint';
  time: string;
  boot: string;
  /** start: of the proxy, or after trouble with the file; rotated: a file begins; end: of the proxy. */
  why: 'start' | 'rotated' | 'time' | 'end';
  /** Public key that the note is signed with, as C2SP signed-note writes it. */
  key: string;
  /** C2SP tlog-checkpoint over all lines before this one. */
  note: string;
  /** Roots of the whole subtrees of that tree, largest first, hex: what is needed to go on from here. */
  range: string[];
  /** Bytes of a line that a crash tore, cut off when this was written. */
  torn: { bytes: number; sha256: string } | null;
}

/** A call's lines. */
export type AuditLine = DecisionLine | OutcomeLine;
