/** `_meta` as it goes to a server: what the agent put there, and what belongs to the protocol, which is the proxy's own. */
import { MODERN_VERSION } from '../../mcp/versions.js';
import { valueOf, withMembers } from '../message/json-members.js';
import type { Pending } from './pending.js';

const NO_META = Buffer.from('{}');
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A legacy server reads nothing there but the token of its progress, which is the request's id. */
export function legacyMeta({ id, request: { meta, progress } }: Pending): Buffer | null {
  return progress ? withMembers(meta ?? NO_META, { progressToken: String(id) }) : meta;
}

/** MCP 2026-07-28, Overview, Per-request protocol fields. */
export function envelopeOf(clientInfo: { name: string; version: string }): (pending: Pending) => Buffer {
  const head =
    `{"io.modelcontextprotocol/protocolVersion":"${MODERN_VERSION}",` +
    `"io.modelcontextprotocol/clientInfo":${JSON.stringify(clientInfo)},"io.modelcontextprotocol/clientCapabilities":`;
  return ({ id, request }) => {
    const { capabilities, logLevel, progress, meta } = request;
    const level = logLevel === null ? '' : `,"io.modelcontextprotocol/logLevel":"${logLevel}"`;
    const token = progress ? `,"progressToken":${id}` : '';
    const own = `${head}${JSON.stringify(capabilities)}${level}${token}`;
    const rest = meta ? inside(meta) : null;
    return rest ? Buffer.concat([Buffer.from(`${own},`), rest, CLOSE]) : Buffer.from(`${own}}`);
  };
}

/** The subscriptions/listen that a notification belongs to; NaN: it does not say. */
export function listenId(params: Buffer): number {
  const meta = valueOf(params, '_meta');
  const id = meta ? valueOf(meta, SUBSCRIPTION) : null;
  return id ? Number(id.toString('latin1')) : NaN;
}

/** That a server wants progress of its question under, as it stands there; null: it wants none. */
export function progressTokenOf(params: Buffer): Buffer | null {
  const meta = valueOf(params, '_meta');
  return meta && valueOf(meta, 'progressToken');
}

/** Without it: that id is the proxy's own, and older agents know of none. */
export function unstamped(params: Buffer): Buffer {
  const meta = valueOf(params, '_meta');
  if (!meta || valueOf(meta, SUBSCRIPTION) === null) return params;
  const rest = withMembers(meta, { [SUBSCRIPTION]: null });
  return withMembers(params, { _meta: inside(rest) ? rest : null });
}

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const CLOSE = Buffer.from('}');

/** Between an object's braces; null: nothing but white space. */
function inside(object: Buffer): Buffer | null {
  const from = object.indexOf(OPEN_OBJECT) + 1;
  const rest = object.subarray(from, object.lastIndexOf(CLOSE_OBJECT));
  return rest.some((byte) => byte > 0x20) ? rest : null;
}
