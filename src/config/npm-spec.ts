/** `@scope/name@range`: a package of an npm registry, and nothing else that npm would take. */

export interface NpmSpec {
  package: string;
  /** Exact version, range, or '' for the latest. */
  range: string;
}

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const EXACT = /^(?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14})(?:-[0-9A-Za-z.-]+)?$/;

export async function parseNpmSpec(declared: string): Promise<NpmSpec | { problem: string; fix: string }> {
  if (/[:\\]|^[./~]|^[^@][^@]*\//.test(declared)) {
    return {
      problem: `\`${declared}\` is a folder, a link or a repository; \`npm\` takes packages of the registry, which the lock can pin.`,
      fix: 'Write `@scope/name@version`. For code of your own, use `build:` with a Dockerfile.',
    };
  }
  const at = declared.indexOf('@', 1);
  const name = at < 0 ? declared : declared.slice(0, at);
  const range = at < 0 ? '' : declared.slice(at + 1).trim();
  if (!NAME.test(name) || name.length > 214) {
    return {
      problem: `\`${name}\` is not the name of an npm package.`,
      fix: 'Write `name@version` or `@scope/name@version`.',
    };
  }
  if (range === '' && at >= 0)
    return {
      problem: `Nothing follows the \`@\` after \`${name}\`.`,
      fix: `Write a version, or \`${name}\` alone for the latest.`,
    };
  if (range === '' || EXACT.test(range) || (await isRange(range))) return { package: name, range };
  return {
    problem: `\`${range}\` is neither a version nor a range of versions. Tags move, so they are not taken.`,
    fix: `Write for example \`${name}@^1.2.0\`, or \`${name}\` alone for the latest; the lock pins what it finds.`,
  };
}

async function isRange(text: string): Promise<boolean> {
  const { isVersionRange } = await import('./version-range.js');
  return text.length <= 256 && isVersionRange(text);
}
