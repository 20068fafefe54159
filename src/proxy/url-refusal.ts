/** Errors by which servers send agents to a URL (MCP 2025-11-25, URL Elicitation Required Error), and what hides them. Pure. */
import { fold } from '../policy/fold.js';
import { membersOf } from './json-members.js';
import { codeOf } from './translate-result.js';

export const URL_NEEDED = -32042;
/** Members of an error. */
export const ERROR = ['code', 'message', 'data'];
const OPEN_OBJECT = 0x7b;

/** Whether whoever reads it is sent to no URL, in whatever way it is read. */
export function sendsNowhere(error: Buffer): boolean {
  return !isAmbiguous(error, ERROR) && codeOf(error) !== URL_NEEDED;
}

/** Readers differ in which of two members of one name they take, and some in what case they want it. */
export function isAmbiguous(value: Buffer, known: readonly string[]): boolean {
  if (value[0] !== OPEN_OBJECT) return false;
  const keys = membersOf(value)?.map(({ key }) => key);
  if (!keys) return true;
  return new Set(keys).size < keys.length || keys.some((key) => !known.includes(key) && known.includes(fold(key)));
}
