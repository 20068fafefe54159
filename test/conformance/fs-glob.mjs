/** The suite imports `globSync`, which Node's fs has from 22 on; it is not called by what is run here. */
import { register } from 'node:module';

const fs =
  "export * from 'node:fs'; export { default } from 'node:fs';" +
  "export const globSync = () => { throw new Error('no globSync before Node 22'); };";
const hooks = `
  const fs = ${JSON.stringify(`data:text/javascript,${encodeURIComponent(fs)}`)};
  export async function resolve(specifier, context, next) {
    const suite = /@modelcontextprotocol.conformance/.test(context.parentURL ?? '');
    if (suite && specifier === 'fs') return { url: fs, shortCircuit: true };
    return next(specifier, context);
  }`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
