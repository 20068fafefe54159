/** Sizes and lengths of time as people write them. Their form is held by the schema. */

const UNITS: Record<string, number> = {
  '': 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** Bytes of `256Mi`, `512M` or `1048576`. */
export function bytes(size: string | number): number {
  if (typeof size === 'number') return size;
  const [, number = '', unit = ''] = /^([0-9.]+)([A-Za-z]*?)B?$/.exec(size) ?? [];
  return Math.floor(Number(number) * (UNITS[unit] ?? Number.NaN));
}

/** Nanoseconds of `1m30s`, as the engine counts. */
export function nanoseconds(duration: string): number {
  const [, h = '0', m = '0', s = '0', ms = '0'] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(duration) ?? [];
  return (((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000 + Number(ms)) * 1e6;
}

/**
 * The instant that an expiry means: a bare date is its end in UTC, and a time without a zone is UTC.
 * @returns null where the calendar has no such time.
 */
export function instant(text: string): string | null {
  const bare = text.length === 10;
  const zoned = bare ? `${text}T23:59:59.999Z` : /(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`;
  const time = Date.parse(zoned);
  if (Number.isNaN(time)) return null;
  // Engines read 30 February as 2 March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text.slice(0, 10)
    ? null
    : new Date(time).toISOString();
}
