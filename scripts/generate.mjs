/** `npm run generate`: all that is made from schemas/toolbox.schema.json. `--check` writes nothing and fails when any of it is stale. */
await import('./generate-types.mjs');
await import('./generate-validator.mjs');
