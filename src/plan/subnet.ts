/** IPv4 subnets as numbers: the first free /28 of a pool, so that networks do not use up the engine's own few. */

/** Room for a gateway and 13 containers. */
const PREFIX = 28;

interface Block {
  start: number;
  /** One past the last address. */
  end: number;
}

/** null: the pool is no IPv4 block, or everything in it is taken. Subnets that are not IPv4 take nothing. */
export function freeSubnet(pool: string, taken: readonly string[]): string | null {
  const room = parse(pool);
  if (!room) return null;
  const used = taken.flatMap((each) => parse(each) ?? []).sort((a, b) => a.start - b.start);
  const size = 2 ** (32 - PREFIX);
  let start = Math.ceil(room.start / size) * size;
  for (;;) {
    const clash = used.find((block) => block.start < start + size && block.end > start);
    if (start + size > room.end) return null;
    if (!clash) return `${format(start)}/${PREFIX}`;
    start = Math.ceil(clash.end / size) * size;
  }
}

export function isInside(subnet: string, pool: string): boolean {
  const [inner, outer] = [parse(subnet), parse(pool)];
  return inner !== null && outer !== null && inner.start >= outer.start && inner.end <= outer.end;
}

export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  return a !== null && b !== null && a.start < b.end && b.start < a.end;
}

function parse(cidr: string): Block | null {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (!found) return null;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = found.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits > 32) return null;
  const size = 2 ** (32 - bits);
  const start = Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / size) * size;
  return { start, end: start + size };
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
