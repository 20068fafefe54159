/** Text from servers and agents, made harmless to a terminal: it may move no cursor, hide nothing, pose as nothing. */

/** Control, format (bidi, zero width, tags), private use and lone surrogates; line ends count as control. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line: everything unsafe appears as `\u{…}`. A tab stays. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '\t' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
