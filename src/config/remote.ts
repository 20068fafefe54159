/** A server that runs elsewhere: its URL, where in the own network it may be, and who signs for it. */
import { BlockList, isIP } from 'node:net';
import { isLoopbackAddress } from '../model/loopback.js';
import type { OwnNetwork, RemoteTransport } from '../model/transport.js';
import { readAuthority } from './authority.js';
import type { Pointer } from './config.js';
import type { Problems } from './declared-file.js';
import type { Server } from './schema-types.js';

export interface RemotePlace {
  at: (...below: (string | number)[]) => Pointer;
  /** Whether the schema holds there. */
  sound: (...below: (string | number)[]) => boolean;
  problems: Problems;
  /** Where relative paths of the file begin. */
  folder: string;
  /** Where the project's own networks are; null: not known. */
  networkPool: string | null;
}

export async function readRemote(server: Server, declared: string, place: RemotePlace): Promise<RemoteTransport> {
  const { at, problems } = place;
  const own = await readOwnNetwork(server, place);
  const problem = urlProblem(declared, own);
  if (problem) problems.error('remote_url', `\`${shown(declared)}\` ${problem.detail}`, problem.fix, at('remote'));
  return { type: 'remote', url: URL.canParse(declared) ? new URL(declared).href : declared, ...own };
}

/** Of whatever is called elsewhere: a remote server, an issuer of access tokens. */
export async function readOwnNetwork(
  declared: Pick<Server, 'private_addresses' | 'ca' | 'insecure'>,
  place: RemotePlace,
): Promise<OwnNetwork> {
  const { at, sound } = place;
  const blocks = sound('private_addresses') ? (declared.private_addresses ?? []) : [];
  const privateAddresses = blocks.map((block, index) => readBlock(block, at('private_addresses', index), place)).sort();
  const ca =
    declared.ca !== undefined && sound('ca') ? await readAuthority(declared.ca, { ...place, at: at('ca') }) : null;
  return {
    ...(privateAddresses.length > 0 && { privateAddresses }),
    ...(ca !== null && { ca }),
    ...(declared.insecure === true && { insecure: true }),
  };
}

/** RFC 1918, 6598 and 4193. Everything else that is not public is nobody's network, or is metadata of a cloud. */
const OWN = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

function readBlock(block: string, at: Pointer, { problems, networkPool }: RemotePlace): string {
  const refuse = (why: string, fix: string): void =>
    problems.error('remote_addresses', `\`${block}\` ${why}.`, fix, at);
  const [net = '', prefix = ''] = block.split('/');
  const family = isIP(net);
  if (family === 0 || Number(prefix) > (family === 4 ? 32 : 128))
    refuse('is no block of addresses', 'Write for example `10.20.0.0/16`, or `10.20.1.5/32` for one address.');
  else if (!OWN.some((own) => holds(own, block)))
    refuse(
      'is not inside a private network: public addresses need no word, and loopback, link-local and metadata addresses are never called',
      `Name a block inside one of ${OWN.join(', ')}.`,
    );
  else if (networkPool !== null && (holds(block, networkPool) || holds(networkPool, block)))
    refuse(
      `takes in ${networkPool}, where this project’s own containers are`,
      'Name a narrower block, or give `project.network_pool` another one.',
    );
  return block.toLowerCase();
}

function holds(outer: string, inner: string): boolean {
  const [[net, prefix], [inside, narrower]] = [parts(outer), parts(inner)];
  if (isIP(net) !== isIP(inside) || narrower < prefix) return false;
  const list = new BlockList();
  const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(net, prefix, family);
  return list.check(inside, family);
}

function parts(block: string): [string, number] {
  const [net = '', prefix] = block.split('/');
  return [net, Number(prefix)];
}

/** null: it may be called. */
export function urlProblem(declared: string, allowed: OwnNetwork): { detail: string; fix: string } | null {
  if (!URL.canParse(declared))
    return { detail: 'is not a URL.', fix: 'Write for example `https://mcp.example.com/mcp`.' };
  const url = new URL(declared);
  if (url.username !== '' || url.password !== '')
    return { detail: 'holds a name or password, which would stand in git.', fix: 'Remove them from the URL.' };
  if (url.hash !== '')
    return { detail: 'ends in a fragment, which no server ever sees.', fix: 'Remove what follows `#`.' };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || isLoopbackAddress(host)) return null;
  if (url.protocol === 'http:' && !allowed.insecure)
    return {
      detail: 'is not encrypted: whoever is on the way could read every call and answer in its place.',
      fix: 'Use https://. Plain http:// is for servers on this machine’s loopback address; and, with `insecure: true`, for those at `private_addresses`.',
    };
  return notCalled(host, url.protocol === 'http:', allowed);
}

/** An address that is written out; names are judged when they are dialled. */
function notCalled(
  host: string,
  plain: boolean,
  { privateAddresses = [] }: OwnNetwork,
): { detail: string; fix: string } | null {
  const family = isIP(host);
  if (family === 0) return null;
  const one = `${host}/${family === 4 ? 32 : 128}`;
  if (privateAddresses.some((block) => holds(block, one))) return null;
  if (OWN.some((own) => holds(own, one)))
    return {
      detail: 'is an address of your own network, which is called only where the declaration says so.',
      fix: `Say \`private_addresses: [${one}]\`.`,
    };
  return plain
    ? { detail: 'is not encrypted, and not at one of its `private_addresses`.', fix: 'Use https://.' }
    : null;
}

/** Without what may be a password. */
function shown(declared: string): string {
  return declared.replace(/\/\/[^/@]*@/, '//…@');
}
