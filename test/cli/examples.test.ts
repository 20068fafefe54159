/** Every folder of examples/: valid, in the form that `fmt` gives, in a folder of README's index, and parsed as it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectToolcrib } from '../support/cli.js';
import { NO_ENGINE } from './folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLES = readdirSync(join(ROOT, 'examples')).sort();
const run = async (example: string, args: string[]): Promise<string> =>
  (await expectToolcrib(join(ROOT, 'examples', example), args, 0, NO_ENGINE)).stdout;

describe.each(EXAMPLES)('examples/%s', (example) => {
  it('is valid, without a warning', async () => {
    expect(JSON.parse(await run(example, ['validate', '--json']))).toEqual({ valid: true, diagnostics: [] });
  });
  it('is written as fmt writes', async () => {
    await run(example, ['fmt', '--check']);
  });
  it('stands in README', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`(examples/${example}/toolbox.yaml)`);
  });
});

describe('environments', () => {
  it.each(['staging', 'prod'])('%s is valid', async (environment) => {
    expect(JSON.parse(await run('environments', ['validate', '--json', '-e', environment]))).toMatchObject({
      valid: true,
    });
  });
  it('tell the places apart', async () => {
    const endpoint = async (...args: string[]): Promise<string> => run('environments', ['output', ...args]);
    expect(await endpoint()).toContain('127.0.0.1:7411');
    expect(await endpoint('-e', 'staging')).toContain('127.0.0.1:7421');
    expect(await endpoint('-e', 'prod')).toContain('https://tools.example.com');
  });
});
