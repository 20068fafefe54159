/** Text from files and servers, made harmless to a terminal: it may move no cursor, hide nothing, pose as nothing. */

/** Control, format (bidi, zero width, tags), private use, lone surrogates, line separators, variation selectors, odd fillers. */
export const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]/gu;

/** Most text is. That is known without a table of Unicode's, which takes longer to make than a plan has to say. */
const PLAIN = /^[\x20-\x7e]*$/;

/** One line: everything that could not be seen appears as `\u{…}`. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Several lines, each made visible. */
export function visibleLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => visible(line.replaceAll('\t', '  ')));
}
