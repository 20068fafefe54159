/** What of an agent's access is tools, and what stands beside them. */
import { expect, test } from 'vitest';
import { BESIDE, isTool } from '../../src/policy/access.js';

test.each([
  ['echo', true],
  ['prompt', true],
  ['resource_read', true],
  [BESIDE.prompts('review'), false],
  [BESIDE.resources('note://**'), false],
  [BESIDE.serverRequests('sampling'), false],
])('%s is a tool: %s', (tool, expected) => {
  expect(isTool({ agent: 'bot', server: 'files', tool, constraint: null })).toBe(expected);
});
