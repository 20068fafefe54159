/** Whether what the lock files hold has the form of a lock. They come in pull requests: nothing of them is taken on trust. */
import { NAME_PATTERN } from '../model/address.js';

export interface FormProblem {
  path: string[];
  detail: string;
}

type Test = (value: unknown) => boolean;
type Table = Record<string, Test>;

/** Whatever is none of these: said so, it needs no table of Unicode's. */
const CONTROL = /[^\x20-\x7e\xa0-\uffff]/;

const text: Test = (value) => typeof value === 'string' && value !== '' && !CONTROL.test(value);
const flag: Test = (value) => typeof value === 'boolean';
const digest: Test = (value) => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
const textOrNull: Test = (value) => value === null || text(value);
const anything: Test = () => true;
const list =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);

const optionalText: Test = (value) => value === undefined || text(value);
const digests: Test = (value) => isObject(value) && Object.values(value).every(digest);

const SOURCES: Record<string, Table> = {
  npm: {
    declared: text,
    package: (value) => text(value) && /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(value as string),
    version: (value) => text(value) && /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.test(value as string),
    integrity: text,
    tree: digest,
    allowScripts: list(text),
  },
  pypi: {
    declared: text,
    package: (value) => text(value) && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value as string),
    version: (value) => text(value) && /^[0-9][0-9A-Za-z.!+]*$/.test(value as string),
    wheels: digests,
  },
  build: { declared: text, context: digest, network: flag },
  image: { declared: text, digest: textOrNull, id: text },
  remote: { declared: text },
};

const RUNTIMES: Record<string, Table> = {
  host: {
    platforms: (value) =>
      isObject(value) &&
      Object.values(value).every(
        (each) => isObject(each) && fields(each, { digest, version: text, libc: optionalText }, []) === null,
      ),
  },
  image: { ...SOURCES.image, version: optionalText, libc: optionalText },
};

/** @param value of toolbox.lock.yaml. */
export function lockProblem(value: unknown): FormProblem | null {
  if (!isObject(value)) return { path: [], detail: 'It holds no mapping.' };
  if (value.version !== 1) {
    return {
      path: ['version'],
      detail: `It is of version ${String(value.version)}; this toolcrib reads version 1.`,
    };
  }
  const top = fields(
    value,
    { version: anything, toolcrib: text, envelope: isEnvelope, runtimes: isObject, servers: isObject },
    [],
  );
  if (top) return top;
  for (const [name, runtime] of Object.entries(value.runtimes as object)) {
    const path = ['runtimes', name];
    const wrong =
      name === 'node' || name === 'python'
        ? typed(runtime, RUNTIMES, path)
        : { path, detail: `No runtime is called \`${name}\`.` };
    if (wrong) return wrong;
  }
  for (const [name, server] of Object.entries(value.servers as object)) {
    const wrong = serverProblem(name, server);
    if (wrong) return wrong;
  }
  return null;
}

function serverProblem(name: string, server: unknown): FormProblem | null {
  const path = ['servers', name];
  // It becomes the name of a file.
  if (!NAME_PATTERN.test(name)) return { path, detail: 'It names a server as none can be named.' };
  const entry = isObject(server)
    ? fields(server, { source: isObject, definitions: digest, tools: digests }, path)
    : whole(path);
  return entry ?? typed((server as { source: unknown }).source, SOURCES, [...path, 'source']);
}

function typed(value: unknown, kinds: Record<string, Table>, path: string[]): FormProblem | null {
  if (!isObject(value)) return whole(path);
  const { type, ...rest } = value;
  const table = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  return table
    ? fields(rest, table, path)
    : { path: [...path, 'type'], detail: `\`${path.join('.')}\` is of no kind that this toolcrib knows.` };
}

function fields(value: Record<string, unknown>, table: Table, path: string[]): FormProblem | null {
  const extra = Object.keys(value).find((key) => !Object.hasOwn(table, key));
  if (extra !== undefined) return { path: [...path, extra], detail: `\`${extra}\` is not known here.` };
  for (const [key, fits] of Object.entries(table)) {
    if (!fits(value[key]))
      return {
        path: [...path, key],
        detail: `\`${[...path, key].join('.')}\` is missing or is not what it should be.`,
      };
  }
  return null;
}

function whole(path: string[]): FormProblem {
  return { path, detail: `\`${path.join('.')}\` is not whole.` };
}

function isEnvelope(value: unknown): boolean {
  return isObject(value) && text(value.protocolVersion) && isObject(value.capabilities);
}

const named: Test = (value) => isObject(value) && typeof value.name === 'string' && value.name !== '';

/** @param value of toolbox.lock.d/SERVER.json, below `definitions`. null: it has the form of ServerDefinitions. */
export function definitionsProblem(value: unknown): string | null {
  if (!isObject(value)) return 'It holds no `definitions`.';
  const wrong = fields(
    value,
    {
      protocolVersion: text,
      serverInfo: isObject,
      capabilities: isObject,
      instructions: (each) => each === null || typeof each === 'string',
      tools: list(named),
      prompts: list(named),
      resources: list(isObject),
      resourceTemplates: list(isObject),
    },
    [],
  );
  return wrong?.detail ?? null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
