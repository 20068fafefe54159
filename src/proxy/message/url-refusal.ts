/** Errors by which servers send agents to a URL (MCP 2025-11-25, URL Elicitation Required Error), and what hides them. Pure. */
import { isAmbiguous } from './json-members.js';
import { codeOf } from './translate-result.js';

export const URL_NEEDED = -32042;
/** Members of an error. */
export const ERROR = ['code', 'message', 'data'];

/** Whether whoever reads it is sent to no URL, in whatever way it is read. */
export function sendsNowhere(error: Buffer): boolean {
  return !isAmbiguous(error, ERROR) && codeOf(error) !== URL_NEEDED;
}
