/**
 * What is wrong, where, and how to mend it. Every error a person can meet is one of these;
 * they are collected as data and rendered once, at the edge.
 */
import type { Code } from './codes.js';

/** 1-based, as editors count. */
export interface Position {
  line: number;
  column: number;
}

export interface Range {
  /** As the user would type it: relative to the folder the command runs in. */
  file: string;
  start: Position;
  end: Position;
}

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  severity: Severity;
  /** Stable and documented; see codes.ts. */
  code: Code;
  /** The fixed headline of the code. */
  summary: string;
  /** What was found here, and why it is wrong. */
  detail: string;
  /** What to do about it. */
  fix: string;
  range?: Range;
  /** The resource it is about (`server.files`), where it is not a line of a file. */
  address?: string;
}

/** Exit codes of every command (DESIGN.md, Commands). */
export const Exit = {
  ok: 0,
  error: 1,
  changes: 2,
  stale: 3,
  locked: 4,
  refused: 5,
  partial: 6,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];
