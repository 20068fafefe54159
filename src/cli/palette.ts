/** Colours by meaning, for a terminal that shows them. */

type Paint = (text: string) => string;

export interface Palette {
  error: Paint;
  warning: Paint;
  good: Paint;
  added: Paint;
  removed: Paint;
  changed: Paint;
  strong: Paint;
  faint: Paint;
}

const plain: Paint = (text) => text;
const ansi =
  (on: number, off: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;

const red = ansi(31, 39);
const green = ansi(32, 39);
const yellow = ansi(33, 39);

const coloured: Palette = {
  error: red,
  warning: yellow,
  good: green,
  added: green,
  removed: red,
  changed: yellow,
  strong: ansi(1, 22),
  faint: ansi(2, 22),
};

const colourless: Palette = {
  error: plain,
  warning: plain,
  good: plain,
  added: plain,
  removed: plain,
  changed: plain,
  strong: plain,
  faint: plain,
};

export function palette(colour: boolean): Palette {
  return colour ? coloured : colourless;
}

/** NO_COLOR (no-color.org) counts when it is set to anything but nothing. */
export function wantsColour(
  stream: { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  allowed: boolean,
): boolean {
  return allowed && stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
