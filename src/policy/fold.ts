/** As a reader that ignores case would read a name: Go's decoders fold the long s and the Kelvin sign to ASCII as well. */
export function fold(name: string): string {
  return name.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
}
