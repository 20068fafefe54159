/**
 * As a reader that ignores case, or that normalises what it reads, would read a name: Go's decoders fold the long s and
 * the Kelvin sign to ASCII, others fold full-width letters and ligatures (NFKC takes in all of them), or trim.
 */
export function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim();
}
