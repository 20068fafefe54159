/**
 * schemas/toolbox.schema.json → src/config/schema-validate.js: the schema compiled ahead of time, so that `validate`
 * loads neither ajv nor a compiler. `--check` writes nothing and fails when the file is not what the schema would make.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { format, resolveConfig } from 'prettier';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const source = path.join(root, 'schemas/toolbox.schema.json');
const target = path.join(root, 'src/config/schema-validate.js');

const banner = `/**
 * The validator of toolbox.yaml, made from schemas/toolbox.schema.json by scripts/generate-validator.mjs. Change the
 * schema, not this file.
 */`;

const ajv = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  strictRequired: false,
  // shape-problems.ts words them.
  messages: false,
  code: { source: true, esm: true, lines: true },
});
/** What only people and editors read would be carried along by the code. */
const forPeople = new Set(['description', 'examples', 'default', 'title', '$schema']);
const isSchema = (value) =>
  !Object.values(value).every((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
const schema = JSON.parse(await readFile(source, 'utf8'), (_key, value) =>
  value && typeof value === 'object' && !Array.isArray(value) && isSchema(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !forPeople.has(key)))
    : value,
);
const validate = ajv.compile(schema);
const code = standalone.default(ajv, validate).replace('"use strict";', '');
if (/\brequire\(/.test(code)) {
  throw new Error('The validator would load a part of ajv at run time: express that rule of the schema otherwise');
}
const wanted = await format(`${banner}\n${code}`, { ...(await resolveConfig(target)), parser: 'babel' });

const present = await readFile(target, 'utf8').catch(() => null);
if (present !== wanted) {
  if (process.argv.includes('--check')) {
    console.error(
      'src/config/schema-validate.js is not what the schema makes. Run: node scripts/generate-validator.mjs',
    );
    process.exitCode = 1;
  } else {
    await writeFile(target, wanted);
    console.log('src/config/schema-validate.js written');
  }
}
