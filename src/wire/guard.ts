/**
 * Where a server may be reached. A remote's name is resolved once, at the moment of connecting, and the addresses it
 * has *then* are checked: what was looked up before may have changed its mind since (DNS rebinding).
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * `internal`: a container of the project's own network. `remote`: somebody else's, named in toolbox.yaml, at public
 * addresses; with `Allowed`, at these private ones as well.
 */
export type Reach = 'internal' | 'remote' | Allowed;

export interface Allowed {
  privateAddresses: readonly string[];
  /** http: to one of them. */
  insecure: boolean;
}

type Blocks = readonly (readonly [string, number, 'ipv4' | 'ipv6'])[];

/** RFC 6890 and its successors: what is not an address of the public internet. */
const PRIVATE: Blocks = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  // Azure's host: the metadata of a virtual machine, at an address that looks public.
  ['168.63.129.16', 32, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

/** What may be opened by `private_addresses`: networks that somebody runs for their own. */
const OWN: Blocks = [
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
];

/** Inside of those, and yet metadata services of clouds: of AWS, of Google, of Alibaba. */
const METADATA: Blocks = [
  ['100.100.100.200', 32, 'ipv4'],
  ['fd00:ec2::', 32, 'ipv6'],
  ['fd20:ce::', 32, 'ipv6'],
];

const [blocked, own, metadata] = [PRIVATE, OWN, METADATA].map(listOf) as [BlockList, BlockList, BlockList];
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'ADDRESS_REFUSED';
}

export function isPrivate(address: string): boolean {
  return isIn(blocked, address);
}

/** One of the own network that the declaration names; never link-local, never a metadata service. */
function isAllowed(address: string, { privateAddresses }: Allowed): boolean {
  if (!isIn(own, address) || isIn(metadata, address)) return false;
  const blocks = privateAddresses.flatMap((each): [string, number, 'ipv4' | 'ipv6'][] => {
    const [net = '', prefix] = each.split('/');
    return isIP(net) === 0 ? [] : [[net, Number(prefix), isIP(net) === 6 ? 'ipv6' : 'ipv4']];
  });
  return isIn(listOf(blocks), address);
}

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped === undefined ? list.check(address, family) : list.check(mapped, 'ipv4');
}

function listOf(blocks: Blocks): BlockList {
  const list = new BlockList();
  for (const [net, prefix, family] of blocks) list.addSubnet(net, prefix, family);
  return list;
}

/** `localhost` by its name, or an address of this machine. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  const family = isIP(bare);
  return family !== 0 && loopback.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

/** @returns what is wrong with a remote's URL, or null. Addresses behind a name are judged when it is dialled. */
export function urlProblem(url: URL, reach: Reach): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol} is neither https: nor http:`;
  if (url.username !== '' || url.password !== '') return 'a URL with a user or password in it is not called';
  if (reach === 'internal' || isLoopback(url.hostname)) return null;
  const allowed = reach === 'remote' ? null : reach;
  const plain = url.protocol === 'http:';
  if (plain && allowed?.insecure !== true) return 'http: is for loopback alone: everything else is called by https:';
  const host = bareHost(url.hostname);
  if (isIP(host) === 0 || isCalled(host, reach, plain)) return null;
  return `${host} is ${plain && !isPrivate(host) ? 'no address of your own network' : 'a private address'}`;
}

/** @param plain without TLS, which nothing but the own network is called by. */
function isCalled(address: string, reach: 'remote' | Allowed, plain: boolean): boolean {
  if (reach !== 'remote' && isAllowed(address, reach)) return true;
  return !plain && !isPrivate(address);
}

/** Resolves as the system does, and refuses names that lead to private addresses (loopback names: to anything else). */
export function guardedLookup(
  reach: Reach,
  { plain = false, resolve = systemLookup }: { plain?: boolean; resolve?: typeof systemLookup } = {},
): LookupFunction | undefined {
  if (reach === 'internal') return undefined;
  return (hostname, options, callback) => {
    const allowed = isLoopback(hostname)
      ? (address: string) => isLoopback(address)
      : (address: string) => isCalled(address, reach, plain);
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '', 0);
      const fit = found.filter(({ address }) => allowed(address));
      const [first] = fit;
      if (!first) {
        const where = found[0]?.address ?? 'nowhere';
        return callback(new AddressRefused(`${hostname} leads to ${where}, an address that is not called`), '', 0);
      }
      if (options.all === true) (callback as unknown as ManyFound)(null, fit);
      else callback(null, first.address, first.family);
    });
  };
}

type ManyFound = (error: null, addresses: LookupAddress[]) => void;

function bareHost(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}
