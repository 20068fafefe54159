/**
 * Law: the decision equals the reference. `npm run test:policy` tries as many pairs as TOOLCRIB_POLICY_PAIRS says
 * (100,000); here it is a share of them.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LoadedPolicy } from '../../src/policy/load.js';
import { Validators } from '../../src/policy/validator.js';
import { anyPolicy, anyRequest, MOMENT, reference } from './model.js';
import { ask, told } from './world.js';

const ASKS = 40;
const PAIRS = Number(process.env['TOOLCRIB_POLICY_PAIRS'] ?? 20_000);

it(`decides as the reference does, for ${PAIRS} policies and requests`, () => {
  const validators = new Validators();
  const met = new Map<string, number>();
  const asks = fc.array(anyRequest, { minLength: ASKS, maxLength: ASKS, size: 'max' });
  fc.assert(
    fc.property(anyPolicy(), asks, (policy, requests) => {
      const loaded = new LoadedPolicy(policy, 'd', validators);
      for (const request of requests) {
        const expected = reference(policy, request, MOMENT);
        expect(told(ask(loaded, request))).toBe(expected);
        const kind = expected
          .split(' ')
          .slice(0, expected.startsWith('allow') ? 1 : 2)
          .join(' ');
        met.set(kind, (met.get(kind) ?? 0) + 1);
      }
    }),
    { numRuns: PAIRS / ASKS },
  );
  // It would prove nothing on requests that are all refused for the same reason.
  expect([...met.keys()].sort()).toEqual([
    'allow',
    'deny arguments',
    'deny denied',
    'deny expired',
    'deny not_granted',
    'deny set_argument',
  ]);
  expect(met.get('allow') ?? 0).toBeGreaterThan(PAIRS / 50);
});
