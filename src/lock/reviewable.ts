/**
 * JSON for a review: what a reader could not see, or would take for something else, is written as `\uXXXX`. Ordinary
 * text of any script stays as it is. Lossless: JSON.parse gives the value back.
 */
import { escaped, toJson } from '../diagnostics/json.js';

/** With a line end at the end, as files have. */
export function reviewable(value: unknown): string {
  const text = toJson(value);
  // Nothing in it but what every reader sees as it is.
  if (/^[\x20-\x7e\n]*$/.test(text)) return `${text}\n`;
  // A key decides what something is called: there nothing but ASCII counts as plain.
  return `${text.replace(/"([^"\\]*(?:\\.[^"\\]*)*)"(:?)/g, (_whole, inner: string, colon: string) => `"${colon ? ascii(inner) : unmasked(inner)}"${colon}`)}\n`;
}

/** The inside of a JSON string, as reviewable() writes a key or a name. */
export function reviewableName(name: string): string {
  return ascii(toJson(name).slice(1, -1));
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, escaped);
}

/** Letters that look like Latin ones (the common part of Unicode TS 39), in Cyrillic, Greek, Armenian, Cherokee and Lisu. */
const LOOK_ALIKE =
  /[АВЕЅІЈКМНОРСТУХԁаеѕіјоԛрсухԝһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧνοαιυρօսոհցքԱՕՍᎠᎡᎢᎥᎪᎬᎳᎷᎻᎽᏀᏃᏎᏔᏢᏟꓐꓑꓒꓓꓔꓖꓗꓙꓚꓝꓞꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ]/u;
const WORD = /\p{L}[\p{L}\p{M}\p{N}_]*/gu;
const FOREIGN = /[\p{L}\p{M}](?<!\p{Script=Latin})/gu;

/** The escapes of JSON itself are no letters of the words beside them. */
function unmasked(text: string): string {
  const parts = text.split(/(\\u[0-9a-f]{4}|\\.)/);
  const honest = parts.some((part, index) => index % 2 === 0 && hasOrdinaryForeignWord(part));
  return parts.map((part, index) => (index % 2 === 1 ? part : unmaskedWords(part, honest))).join('');
}

function unmaskedWords(text: string, honest: boolean): string {
  return text
    .replace(WORD, (word) => (isMasked(word, honest) ? word.replace(FOREIGN, escaped) : word))
    .replace(/[^\x20-\x7e]/gu, (each) => (isVariant(each) ? escaped(each) : each));
}

/** A Russian text has words that no Latin reader would misread; there `а` and `с` are just Russian. */
function hasOrdinaryForeignWord(text: string): boolean {
  return (text.match(WORD) ?? []).some(
    (word) =>
      !/\p{Script=Latin}/u.test(word) && [...word].some((each) => /\p{L}/u.test(each) && !LOOK_ALIKE.test(each)),
  );
}

/** Two alphabets in one word, or a word that only seems to be Latin. */
function isMasked(word: string, honest: boolean): boolean {
  if (!LOOK_ALIKE.test(word)) return false;
  if (/\p{Script=Latin}/u.test(word)) return true;
  return !honest && [...word].every((each) => LOOK_ALIKE.test(each) || !/\p{L}/u.test(each));
}

/** Other forms of ASCII characters (full width, mathematical, odd spaces): they fold to what they imitate. */
function isVariant(character: string): boolean {
  const folded = character.normalize('NFKC');
  return folded !== character && /^[\x20-\x7e]$/.test(folded);
}
