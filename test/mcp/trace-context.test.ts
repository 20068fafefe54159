/** W3C Trace Context: what is of the grammar goes on, what is not does not exist. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrace, traceparent } from '../../src/mcp/trace-context.js';
import { childOf } from '../../src/proxy/telemetry/spans.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const GOOD = `00-${TRACE}-${SPAN}-01`;

describe('traceparent', () => {
  it('is read, and written again', () => {
    expect(parseTrace(GOOD, null)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true, state: null });
    expect(traceparent(parseTrace(GOOD, null)!)).toBe(GOOD);
    expect(parseTrace(`00-${TRACE}-${SPAN}-00`, null)?.sampled).toBe(false);
  });

  it('of a later version is read as far as it is known, and goes on as version 00', () => {
    const later = parseTrace(`01-${TRACE}-${SPAN}-03-what-ever`, null);
    expect(later && traceparent(later)).toBe(GOOD);
  });

  it.each([
    '',
    'hello',
    GOOD.toUpperCase(),
    `${GOOD}-more`,
    `${GOOD}\r\nx: y`,
    `${GOOD} `,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `01-${TRACE}-${SPAN}-01-${'x'.repeat(200)}`,
    `01-${TRACE}-${SPAN}-01-\n`,
  ])('%j is none', (text) => {
    expect(parseTrace(text, null)).toBeNull();
  });
});

describe('tracestate', () => {
  const state = (text: string): string | null => parseTrace(GOOD, text)?.state ?? null;

  it.each([
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    [' a=1 ,\tb=2,, ', 'a=1,b=2'],
    ['fw529a3039@dt=FfAR "q" \\', 'fw529a3039@dt=FfAR "q" \\'],
  ])('%j goes on', (text, expected) => {
    expect(state(text)).toBe(expected);
  });

  it.each(['', ',', 'a', 'A=1', 'a=1,a=2', 'a=1,b', 'a=\u00e9', 'a=1\r\nx: y', `a=${'x'.repeat(300)}`, 'a=b=c', 'a='])(
    '%j goes nowhere, and takes no trace with it',
    (text) => {
      expect(parseTrace(GOOD, text)).toMatchObject({ traceId: TRACE, state: null });
    },
  );

  it('has 32 members and 512 characters at most', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}=v`).join(',');
    expect(state(many(32))).toBe(many(32));
    expect(state(many(33))).toBeNull();
    expect(state(`a=${'x'.repeat(255)},b=${'x'.repeat(255)}`)).toBeNull();
  });
});

it('never lets anything through that a header could not hold', () => {
  const near = fc.string({ unit: fc.constantFrom(...`${GOOD}=,@;"\\\r\n\t\0é `), maxLength: 80 });
  fc.assert(
    fc.property(
      fc.oneof(
        near,
        near.map((text) => GOOD + text),
      ),
      near,
      (parent, text) => {
        const found = parseTrace(parent, text);
        if (!found) return;
        expect(traceparent(found)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
        expect(found.state ?? 'x').toMatch(/^[\x20-\x7e]+$/);
      },
    ),
    { numRuns: 2000 },
  );
});

it('a child is of the same trace, under a span of its own; without a parent it begins one', () => {
  const parent = parseTrace(GOOD, 'a=1');
  const child = childOf(parent, true);
  expect(child).toMatchObject({ traceId: TRACE, state: 'a=1', sampled: true });
  expect(child.spanId).not.toBe(SPAN);
  expect(parseTrace(traceparent(childOf(null, true)), null)).not.toBeNull();
});
