/** `name[extra]@range`: a package of a Python package index, and nothing else that pip would take. Pure. */

export interface PypiSpec {
  /** As PEP 503 normalises it: lower case, hyphens. */
  package: string;
  extras: string[];
  /** As pip writes it (`==1.2.0`, `>=1,<2`), or '' for the latest. */
  range: string;
}

/** PEP 508, *Names*. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** PEP 440, *Public version identifiers*, as its normal form writes them. */
const VERSION = String.raw`(?:\d{1,9}!)?\d{1,15}(?:\.\d{1,15}){0,8}(?:(?:a|b|rc)\d{1,9})?(?:\.post\d{1,9})?(?:\.dev\d{1,9})?`;
const EXACT = new RegExp(`^${VERSION}$`);
/** PEP 440, *Version specifiers*; `===` compares text, and is left out. */
const CLAUSE = new RegExp(`^(?:(?:[=!]=) ?${VERSION}(?:\\.\\*)?|(?:~=|<=|>=|<|>) ?${VERSION})$`);

export function parsePypiSpec(declared: string): PypiSpec | { problem: string; fix: string } {
  const at = declared.indexOf('@');
  const [, name = '', extras = ''] =
    /^([^[@]*)(?:\[([^\]]*)\])?$/.exec(at < 0 ? declared : declared.slice(0, at)) ?? [];
  if (/[:\\/]|^\.|\.(?:whl|zip|gz)$/.test(declared)) {
    return {
      problem: `\`${declared}\` is a folder, a file or an address; \`pypi\` takes packages of the index, which the lock can pin.`,
      fix: 'Write `name@version`. For code of your own, use `build:` with a Dockerfile.',
    };
  }
  const pips = /^([^=<>~!]+?) ?((?:[=<>~!]=?).*)$/.exec(at < 0 ? declared : '');
  if (pips)
    return {
      problem: `\`${declared}\` is written as pip does; here an \`@\` stands between the name and the version.`,
      fix: `Write \`${pips[1]}@${EXACT.test(pips[2]?.replace(/^== ?/, '') ?? '') ? pips[2]?.replace(/^== ?/, '') : pips[2]}\`.`,
    };
  if (!NAME.test(name) || name.length > 214)
    return { problem: `\`${name || declared}\` is not the name of a Python package.`, fix: 'Write `name@version`.' };
  const wanted = extras === '' ? [] : extras.split(',').map((each) => each.trim());
  const wrong = wanted.find((each) => !NAME.test(each));
  if (wrong !== undefined)
    return { problem: `\`${wrong}\` is not the name of an extra.`, fix: `Write for example \`${name}[cli]@1.2.0\`.` };
  const range = at < 0 ? '' : declared.slice(at + 1).trim();
  if (range === '' && at >= 0)
    return {
      problem: `Nothing follows the \`@\` after \`${name}\`.`,
      fix: `Write a version, or \`${name}\` alone for the latest.`,
    };
  const spec = { package: normalName(name), extras: wanted.map(normalName).sort() };
  if (range === '') return { ...spec, range };
  if (EXACT.test(range)) return { ...spec, range: `==${range}` };
  const clauses = range.split(',').map((each) => each.trim());
  if (range.length <= 256 && clauses.every((each) => CLAUSE.test(each)))
    return { ...spec, range: clauses.map((each) => each.replace(' ', '')).join(',') };
  return {
    problem: `\`${range}\` is neither a version nor a range of versions as Python writes them.`,
    fix: `Write for example \`${name}@1.2.0\` or \`${name}@>=1.2,<2\`, or \`${name}\` alone for the latest; the lock pins what it finds.`,
  };
}

/** PEP 503, *Normalized Names*. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
