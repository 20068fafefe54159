/** Tasks in messages: what is read of them, and what is changed, over bytes that are left alone otherwise. */
import { describe, expect, it } from 'vitest';
import {
  createdTask,
  LONGEST_LIFE_MS,
  readTask,
  relatedTask,
  renamedRelated,
  renamedTask,
  withCreated,
  withRelated,
} from '../../src/proxy/message/task-form.js';

const bytes = (text: string): Buffer => Buffer.from(text);
const RELATED = 'io.modelcontextprotocol/related-task';

describe('readTask', () => {
  it.each([
    ['{"taskId":"1","status":"working","ttl":5}', 'legacy', { raw: '1', status: 'working', lifeMs: 5 }],
    ['{"taskId":"1","status":"failed","ttl":null}', 'legacy', { raw: '1', status: 'failed', lifeMs: LONGEST_LIFE_MS }],
    ['{"taskId":"1","status":"working","ttl":1e99}', 'legacy', { lifeMs: LONGEST_LIFE_MS }],
    ['{"taskId":"1","status":"working","ttl":-5}', 'legacy', { lifeMs: LONGEST_LIFE_MS }],
    ['{"taskId":"1","status":"working","ttl":"x"}', 'legacy', { lifeMs: LONGEST_LIFE_MS }],
    ['{"taskId":"1","status":"working","ttl":7,"ttlMs":9}', 'modern', { lifeMs: 9 }],
    ['{"taskId":"\\u0031","status":"working"}', 'legacy', { raw: '1' }],
  ] as const)('%s of %s', (text, era, expected) => {
    expect(readTask(bytes(text), era)).toMatchObject(expected);
  });

  it.each([
    '[]',
    'null',
    '"1"',
    '{}',
    '{"taskId":"1"}',
    '{"taskId":"","status":"working"}',
    '{"taskId":1,"status":"working"}',
    '{"taskId":"1","status":"done"}',
    `{"taskId":"${'x'.repeat(1025)}","status":"working"}`,
  ])('refuses %s', (text) => {
    expect(readTask(bytes(text), 'legacy')).toBeNull();
  });
});

describe('renamedTask', () => {
  it('changes the id, every one of it, and nothing else', () => {
    const task = '{ "n" : 12345678901234567890, "taskId":"1","ttl":5, "taskId":"2","status":"working"}';
    expect(renamedTask(bytes(task), 'ours', 'legacy').toString()).toBe(
      '{"n" : 12345678901234567890,"taskId":"ours","ttl":5,"status":"working"}',
    );
  });

  it.each([
    ['{"ttl":null}', 'legacy', `{"ttl":${LONGEST_LIFE_MS},"taskId":"i"}`],
    ['{"ttl":86400001}', 'legacy', `{"ttl":${LONGEST_LIFE_MS},"taskId":"i"}`],
    ['{"ttlMs":null}', 'modern', `{"ttlMs":${LONGEST_LIFE_MS},"taskId":"i"}`],
    ['{"ttlMs":0}', 'modern', '{"ttlMs":0,"taskId":"i"}'],
  ] as const)('tells how long it is known here: %s', (task, era, expected) => {
    expect(renamedTask(bytes(task), 'i', era).toString()).toBe(expected);
  });
});

it('finds what was created, and puts it back, in both forms', () => {
  const legacy = bytes('{"task":{"taskId":"1"},"more":1}');
  expect(createdTask(legacy, 'legacy')?.toString()).toBe('{"taskId":"1"}');
  expect(withCreated(legacy, bytes('{}'), 'legacy').toString()).toBe('{"task":{},"more":1}');
  const modern = bytes('{"taskId":"1"}');
  expect(createdTask(modern, 'modern')).toBe(modern);
  expect(createdTask(bytes('{"content":[]}'), 'legacy')).toBeNull();
  expect(createdTask(bytes('[]'), 'modern')).toBeNull();
});

describe('related tasks', () => {
  const holder = bytes(`{"a":1,"_meta":{"b":2,"${RELATED}":{"taskId":"1","c":3}}}`);

  it('are read', () => {
    expect(relatedTask(holder)).toBe('1');
    for (const none of ['{}', '{"_meta":1}', `{"_meta":{"${RELATED}":1}}`, `{"${RELATED}":{"taskId":"1"}}`])
      expect(relatedTask(bytes(none))).toBeNull();
  });

  it('are renamed', () => {
    const renamed = renamedRelated(holder, (id) => `our ${id}`).toString();
    expect(renamed).toBe(`{"a":1,"_meta":{"b":2,"${RELATED}":{"taskId":"our 1","c":3}}}`);
  });

  it('are left out where they have no name', () => {
    expect(renamedRelated(holder, () => null).toString()).toBe('{"a":1,"_meta":{"b":2}}');
    const alone = bytes(`{"a":1,"_meta":{"${RELATED}":{"taskId":"1"}}}`);
    expect(renamedRelated(alone, () => null).toString()).toBe('{"a":1}');
    const unreadable = bytes(`{"_meta":{"${RELATED}":{"taskId":7}}}`);
    expect(renamedRelated(unreadable, (id) => id).toString()).toBe('{}');
  });

  it('are added where they must be', () => {
    expect(withRelated(bytes('{"content":[]}'), 'i').toString()).toBe(
      `{"content":[],"_meta":{"${RELATED}":{"taskId":"i"}}}`,
    );
    expect(withRelated(bytes('{"_meta":{"x":1}}'), 'i').toString()).toBe(
      `{"_meta":{"x":1,"${RELATED}":{"taskId":"i"}}}`,
    );
  });

  it('leave what names none as it is', () => {
    const plain = bytes('{ "x": 1 }');
    expect(renamedRelated(plain, () => 'y')).toBe(plain);
  });
});
