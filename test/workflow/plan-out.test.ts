/** What `plan --out` may write over: asked before anything else, so that no engine is needed. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseToReplace } from '../../src/workflow/saved-plan.js';
import { folder } from '../config/support.js';

describe('plan --out', () => {
  it.each<[string, string]>([
    ['new.plan', ''],
    ['empty.plan', ''],
    ['old.plan', ''],
    ['toolbox.yaml', 'toolbox.yaml is there, and is no plan file: it is not written over.'],
    ['sub', 'sub is there, and is no plan file: it is not written over.'],
    ['/dev/null', '/dev/null is there, and is no plan file: it is not written over.'],
  ])('%s: %j', async (path, refusal) => {
    const dir = await folder({
      'toolbox.yaml': 'version: 1\n',
      'empty.plan': '',
      'old.plan': '{"format":"toolcrib-plan","format_version":1}',
    });
    await mkdir(join(dir, 'sub'));
    const said = await refuseToReplace(dir, path).then(
      () => '',
      (error: unknown) => (error as Error & { diagnostics: { detail: string }[] }).diagnostics[0]?.detail,
    );
    expect(said).toBe(refusal);
  });
});
