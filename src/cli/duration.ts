/** Lengths of time as people type them: `30s`, `15m`, `2h`, `90d`; a bare number counts seconds. */

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** In seconds; null where it is not a length of time. */
export function parseDuration(text: string): number | null {
  const found = /^(\d{1,9})([smhdw])?$/.exec(text);
  if (!found) return null;
  const unit = (found[2] ?? 's') as keyof typeof SECONDS;
  return Number(found[1]) * SECONDS[unit];
}

/** `4.2 s`, `3 min 20 s`: as short as it stays exact enough to act on. */
export function inWords(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 7200) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  return whole < 172_800 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86_400)} days`;
}
