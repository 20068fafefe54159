/** The fingerprint is HMAC-SHA256 as everybody computes it. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hmacSha256 } from '../../src/audit/argument-mac.js';

it('is what node:crypto gives for the same key, whatever is signed', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 4090, maxLength: 4100 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (key, messages) => {
        const mac = hmacSha256(key);
        for (const message of messages)
          expect(mac(message)).toBe(createHmac('sha256', key).update(message).digest('hex'));
      },
    ),
  );
});
