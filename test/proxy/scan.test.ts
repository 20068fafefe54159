/** The scanner agrees with JSON.parse on what is valid, and never lets through what two readers could read differently. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scan, type Span } from '../../src/proxy/message/scan.js';

const bytes = (text: string): Buffer => Buffer.from(text);
const call = (args: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a__b","arguments":${args}}}`;

function at(text: Buffer, span: Span | null | undefined): unknown {
  return span ? (JSON.parse(text.toString('utf8', span.start, span.end)) as unknown) : undefined;
}

describe('scan', () => {
  it('finds the parts of a call', () => {
    const text = bytes(
      ' { "method":"tools/call" ,"id" : "x", "jsonrpc":"2.0","params":{"_meta":{"progressToken":3},"name":"a__b","arguments":{"n":9007199254740993}}} \n',
    );
    const found = scan(text);
    expect(found.ok).toBe(true);
    if (!found.ok) return;
    const message = found.messages[0];
    expect(message).toMatchObject({ method: 'tools/call', name: 'a__b', imprecise: true });
    expect(at(text, message?.id)).toBe('x');
    expect(at(text, message?.meta)).toEqual({ progressToken: 3 });
    expect(text.toString('utf8', message?.arguments?.start, message?.arguments?.end)).toBe('{"n":9007199254740993}');
  });

  it.each([
    ['duplicate key in the message', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}'],
    ['duplicate name', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}'],
    ['escaped duplicate name', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","\\u006eame":"b"}}'],
    ['Name beside name', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}'],
    ['Name alone', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"b"}}'],
    ...['TaskId', 'requeststate', 'InputResponses', 'taskID'].map((key) => [
      `${key} alone`,
      `{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"name":"a","${key}":"b"}}`,
    ]),
    ['TaskId beside taskId', '{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"a","TaskId":"b"}}'],
    ['Kelvin and long s fold too', '{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}}'],
    ['duplicate in arguments', call('{"a":1,"a":2}')],
    ['escaped duplicate in arguments', call('{"a":1,"\\u0061":2}')],
    ['duplicate deep in arguments', call('{"a":[{"b":{"c":1,"c":2}}]}')],
    ['duplicate among many', call(`{${Array.from({ length: 60 }, (_, i) => `"k${i % 59}":1`).join(',')}}`)],
    ['lone high surrogate', call('{"a":"\\ud800"}')],
    ['lone low surrogate', call('{"a":"\\udc00x"}')],
    ['high surrogate before something else', call('{"a":"\\ud800\\u0041"}')],
    ['trailing garbage', `${call('{}')}{}`],
    ['raw newline in a string', call('{"a":"\n"}')],
    ['depth', call(`${'['.repeat(70)}${']'.repeat(70)}`)],
    ['byte order mark', `\ufeff${call('{}')}`],
    ['leading zero', call('{"a":01}')],
    ['comment', call('{/**/}')],
    ['trailing comma', call('{"a":1,}')],
    ['nothing', ''],
    ['unended', '{"jsonrpc":"2.0"'],
  ])('refuses %s', (_name, text) => {
    expect(scan(bytes(text))).toMatchObject({ ok: false, code: -32700 });
  });

  it.each([
    ['no version', '{"id":1,"method":"ping"}'],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
    ['an id that is a list', '{"jsonrpc":"2.0","id":[1],"method":"ping"}'],
    ['params as a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}'],
    ['a call that is an answer', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}'],
    ['a bare value', '17'],
    ['an empty batch', '[]'],
    ['a large batch', `[${Array.from({ length: 21 }, () => '{"jsonrpc":"2.0","method":"ping"}').join(',')}]`],
    ['a batch in a batch', '[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]'],
  ])('knows no message in %s', (_name, text) => {
    expect(scan(bytes(text))).toMatchObject({ ok: false, code: -32600 });
  });

  it('refuses bytes that are not UTF-8', () => {
    const text = Buffer.concat([bytes('{"jsonrpc":"2.0","id":1,"method":"a'), Buffer.from([0xff]), bytes('"}')]);
    expect(scan(text)).toMatchObject({ ok: false, problem: 'not UTF-8' });
  });

  it('frames an answer without judging what is in it', () => {
    const found = scan(bytes('{"jsonrpc":"2.0","id":7,"result":{"isError":true,"content":[{"a":1,"a":"\\ud800"}]}}'), {
      trusting: true,
    });
    expect(found).toMatchObject({ ok: true, messages: [{ isError: true, method: null }] });
  });

  it('agrees with JSON.parse on any arguments, in any layout', () => {
    const layout = fc.constantFrom(undefined, 1, '\t');
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 6 })),
        layout,
        (args, space) => {
          const source = JSON.stringify(
            { jsonrpc: '2.0', id: 1, method: 'm', params: { arguments: args } },
            null,
            space,
          );
          const text = bytes(source);
          const found = scan(text);
          // JSON.stringify writes lone surrogates as escapes, which the scanner refuses.
          const lone = /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(source);
          const parsed = JSON.parse(source) as { params: { arguments: unknown } };
          expect(found.ok && at(text, found.messages[0]?.arguments)).toEqual(!lone && parsed.params.arguments);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes nothing that JSON.parse refuses', () => {
    const valid = call('{"a":[1,-2.5e3,"x\\n",true,false,null,{"b":{}}]}');
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 126 }), fc.nat(2), (where, code, how) => {
        const character = String.fromCharCode(code);
        const skip = how === 0 ? 1 : 0;
        const text = how === 2 ? valid.slice(0, where) : valid.slice(0, where) + character + valid.slice(where + skip);
        if (!scan(bytes(text)).ok) return;
        expect(() => JSON.parse(text) as unknown).not.toThrow();
      }),
      { numRuns: 4000 },
    );
  });

  it('never takes a key twice, at any depth, however it is written', () => {
    const escape = (key: string): string =>
      [...key].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 50 }),
        fc.nat(49),
        fc.boolean(),
        fc.nat(10),
        (keys, pick, escaped, depth) => {
          const twice = keys[pick % keys.length] ?? 'a';
          const members = [...keys.map((key) => `"${key}":1`), `"${escaped ? escape(twice) : twice}":2`];
          const object = `{${members.join(',')}}`;
          expect(scan(bytes(call(`{"x":${'[{"y":'.repeat(depth)}${object}${'}]'.repeat(depth)}}`))).ok).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});
