/**
 * schemas/toolbox.schema.json → src/config/schema-types.ts: the schema is the one definition of the format.
 * `--check` writes nothing and fails when the file is not what the schema would make.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { format, resolveConfig } from 'prettier';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const source = path.join(root, 'schemas/toolbox.schema.json');
const target = path.join(root, 'src/config/schema-types.ts');

const banner = `/**
 * The shapes of toolbox.yaml, made from schemas/toolbox.schema.json by \`npm run generate\`. Change the schema, not this
 * file.
 */`;

/**
 * What the generator would turn into `& {[key: string]: unknown}`, said so that it understands: which of several keys
 * must be there is the validator's business, and an object that may be null is a union.
 */
function plain(_key, value) {
  if (Array.isArray(value?.oneOf) && value.oneOf.every((each) => Object.keys(each).join() === 'required')) {
    const { oneOf: _, ...rest } = value;
    return rest;
  }
  if (Array.isArray(value?.type) && value.type.join() === 'object,null') {
    const { description, ...rest } = value;
    return { description, anyOf: [{ ...rest, type: 'object' }, { type: 'null' }] };
  }
  return value;
}

const schema = JSON.parse(await readFile(source, 'utf8'), plain);
const types = await compile(schema, 'Toolbox', {
  bannerComment: banner,
  additionalProperties: false,
  // Bounds are the validator's business; as types they become tuples that nobody can build.
  ignoreMinAndMaxItems: true,
  unknownAny: true,
  format: false,
});
const wanted = await format(types, { ...(await resolveConfig(target)), parser: 'typescript' });

const present = await readFile(target, 'utf8').catch(() => null);
if (present !== wanted) {
  if (process.argv.includes('--check')) {
    console.error('src/config/schema-types.ts is not what schemas/toolbox.schema.json makes. Run: npm run generate');
    process.exitCode = 1;
  } else {
    await writeFile(target, wanted);
    console.log('src/config/schema-types.ts written');
  }
}
