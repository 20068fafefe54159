/** prompts/get, resources/read and completion/complete: decided by what grants offer beside tools, then dealt with. */
import { decideOffer, type OfferDecision, type OfferDenied, type OfferQuestion } from '../../policy/decide-offer.js';
import type { Given } from '../../policy/load.js';
import { deal } from './deal.js';
import type { Dealing } from '../dealing.js';
import { deny } from './denial.js';
import type { Errand } from '../exchange.js';
import { innerMembers, isAmbiguous, textOf, valueOf, withMembers } from '../message/json-members.js';
import { refusalError, Rpc, rpcError } from '../message/reply.js';
import type { Message } from '../message/scan.js';
import { callMembers, oneLine, withOthers } from '../message/splice.js';
import type { Era } from '../upstream-port.js';

type Subject = { kind: 'prompt'; name: string } | { kind: 'resource' | 'template'; uri: string };

export function decideAbout({ enforced, caller, endpoint, house }: Errand, subject: Subject): OfferDecision {
  const asked: OfferQuestion = { ...subject, agent: caller.agent, endpoint, now: house.now() };
  return decideOffer(enforced.loaded, asked, house.upstreams.standing);
}

export async function getPrompt(errand: Errand, message: Message, id: string): Promise<string | Buffer> {
  const { name } = message;
  if (name === null) return illFormed(errand, message, id, 'prompts/get takes a name');
  const decision = decideAbout(errand, { kind: 'prompt', name });
  if (decision.effect === 'deny') return refuse(errand, decision, 'prompts/get', name, id);
  const args = message.arguments && oneLine(errand.bytes.subarray(message.arguments.start, message.arguments.end));
  const members = withOthers(callMembers(decision.name, args), errand.bytes, message.others);
  const signed = message.others === null ? args : members;
  return deal(errand, message, id, dealing(errand, { kind: 'prompt', name }, decision, 'prompts/get', members, signed));
}

export async function readResource(errand: Errand, message: Message, id: string): Promise<string | Buffer> {
  const { uri } = message;
  if (uri === null) return illFormed(errand, message, id, 'resources/read takes a uri');
  const decision = decideAbout(errand, { kind: 'resource', uri });
  if (decision.effect === 'deny') return refuse(errand, decision, 'resources/read', uri, id);
  const members = withOthers(Buffer.from(`"uri":${JSON.stringify(uri)}`), errand.bytes, message.others);
  const signed = message.others === null ? null : members;
  return deal(
    errand,
    message,
    id,
    dealing(errand, { kind: 'resource', uri }, decision, 'resources/read', members, signed),
  );
}

export async function complete(errand: Errand, message: Message, id: string): Promise<string | Buffer> {
  const { bytes } = errand;
  const params = message.params && oneLine(bytes.subarray(message.params.start, message.params.end));
  const ref = params && valueOf(params, 'ref');
  const subject = ref && referred(ref);
  if (!params || !ref || !subject || isAmbiguous(params, PARAMS) || isAmbiguous(ref, REF))
    return illFormed(errand, message, id, 'completion/complete takes a ref and an argument');
  const decision = decideAbout(errand, subject);
  const method = 'completion/complete';
  if (decision.effect === 'deny')
    return refuse(errand, decision, method, subject.kind === 'prompt' ? subject.name : subject.uri, id);
  const own = subject.kind === 'prompt' ? withMembers(ref, { name: JSON.stringify(decision.name) }) : ref;
  const members = innerMembers(params, { ref: own, _meta: null });
  return deal(errand, message, id, dealing(errand, subject, decision, method, members, members));
}

/** What is decided on and what is answered could differ where a reader finds two of one of these. */
const PARAMS = ['ref', 'argument', 'context', '_meta'];
const REF = ['type', 'name', 'uri'];

function referred(ref: Buffer): Subject | null {
  const type = textOf(ref, 'type');
  const [name, uri] = [textOf(ref, 'name'), textOf(ref, 'uri')];
  if (type === 'ref/prompt' && name !== null) return { kind: 'prompt', name };
  if (type === 'ref/resource' && uri !== null) return { kind: 'template', uri };
  return null;
}

function dealing(
  errand: Errand,
  subject: Subject,
  decision: OfferDecision & { effect: 'allow' },
  method: string,
  members: Buffer,
  signed: Buffer | null,
): Dealing {
  const { server, generation, name, rule, image, serverRequests, limits, auditArguments } = decision;
  const { agent } = errand.caller;
  return {
    ...{ method, server, generation, name, rule, image, serverRequests, members, signed },
    definition: null,
    headers: null,
    limits,
    auditArguments,
    wraps: false,
    task: null,
    mayAskBack: method !== 'completion/complete',
    allowed: ({ loaded }, now) => loaded.gives(agent, server, given(subject.kind, name), now),
    refusal: (to, why) => refusalError(to, { ...why, rule }),
  };
}

function given(kind: Subject['kind'], name: string): Given {
  if (kind === 'prompt') return { prompt: name };
  return kind === 'template' ? { template: name } : { uri: name };
}

export async function refuse(
  errand: Errand,
  { reason, rule, server, visible, detail }: OfferDenied,
  method: string,
  asked: string,
  id: string,
): Promise<string> {
  await deny(errand, { method, server, tool: asked, reason, rule });
  if (visible) return rpcError(id, Rpc.params, `Refused by toolcrib (${reason}): ${detail}`);
  return method.startsWith('resources/')
    ? noResource(id, asked, errand.asker.era)
    : rpcError(id, Rpc.params, 'Unknown prompt or resource');
}

/** The same for one that isn't there and for one that isn't granted. */
function noResource(id: string, uri: string, era: Era): string {
  return rpcError(id, era === 'modern' ? Rpc.params : Rpc.resource, 'Resource not found', { uri });
}

async function illFormed(errand: Errand, { method }: Message, id: string, said: string): Promise<string> {
  await deny(errand, { method: method ?? '', reason: 'invalid_params' });
  return rpcError(id, Rpc.params, said);
}
