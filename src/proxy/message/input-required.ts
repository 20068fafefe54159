/**
 * A modern server's `input_required` (MCP 2026-07-28, Multi Round-Trip Requests): taken apart, and made. Pure.
 */
import { membersOf, textOf, valueOf, withMembers } from './json-members.js';

export interface InputRequest {
  key: string;
  method: string;
  /** JSON text; `{}` where there are none. */
  params: Buffer;
}

/** null: not of that form. */
export function inputRequests(result: Buffer): InputRequest[] | null {
  const requests = valueOf(result, 'inputRequests');
  if (requests === null) return [];
  const members = membersOf(requests);
  if (!members) return null;
  const found: InputRequest[] = [];
  for (const { key, value, end } of members) {
    const request = requests.subarray(value, end);
    const method = textOf(request, 'method');
    if (method === null) return null;
    found.push({ key, method, params: valueOf(request, 'params') ?? NO_PARAMS });
  }
  return found;
}

export function requestStateOf(result: Buffer): string | null {
  return textOf(result, 'requestState');
}

export function withState(result: Buffer, state: string | null): Buffer {
  return withMembers(result, { requestState: state === null ? null : JSON.stringify(state) });
}

/** @param requests of a legacy server, by key. */
export function inputRequired(
  requests: Iterable<readonly [string, { method: string; params: Buffer }]>,
  state: string,
): Buffer {
  const asked = [...requests].map(
    ([key, { method, params }]) =>
      `${JSON.stringify(key)}:{"method":${JSON.stringify(method)},"params":${forModern(method, params).toString()}}`,
  );
  return Buffer.from(
    `{"resultType":"input_required","inputRequests":{${asked.join(',')}},"requestState":${JSON.stringify(state)}}`,
  );
}

/** The newer one tells the outcome of a visit to a URL by coming again: there is no id to tell it by. */
function forModern(method: string, params: Buffer): Buffer {
  if (method !== 'elicitation/create') return params;
  return withMembers(params, { elicitationId: null, _meta: null, task: null });
}

/** Members of params for coming again: what is kept in `state` goes back byte for byte. */
export function retryMembers(members: Buffer, responses: Buffer | null, state: string | null): Buffer {
  const more = [
    ...(members.length > 0 ? [members.toString('utf8')] : []),
    ...(responses ? [`"inputResponses":${responses.toString('utf8')}`] : []),
    ...(state === null ? [] : [`"requestState":${JSON.stringify(state)}`]),
  ];
  return Buffer.from(more.join(','));
}

const NO_PARAMS = Buffer.from('{}');
