import fc from 'fast-check';
import t from 'tap';
import { Problem } from '../../src/core/problem.js';
import { parseJsonBody } from '../../src/http/json-body.js';

const parse = (text: string) => parseJsonBody(Buffer.from(text));

/** How a body is refused: the field that is named, or null where it is taken. */
function refusal(bytes: Buffer): string | null {
  try {
    parseJsonBody(bytes);
    return null;
  } catch (error) {
    if (error instanceof Problem && error.code === 'body-malformed') return error.errors[0]?.field ?? '';
    throw error;
  }
}

t.test('a JSON object is taken as it is', async (t) => {
  const rows: [string, object][] = [
    ['{}', {}],
    [' {"a" : 1 } \n', { a: 1 }],
    [
      '{"a":{"b":[1,2,{"a":null}]},"c":"{\\"a\\":1,\\"a\\":2}"}',
      { a: { b: [1, 2, { a: null }] }, c: '{"a":1,"a":2}' },
    ],
    ['[{"a":1},{"a":2}]'.replace(/^/, '{"list":').concat('}'), { list: [{ a: 1 }, { a: 2 }] }],
    ['{"a":{"x":1},"b":{"x":1}}', { a: { x: 1 }, b: { x: 1 } }],
    ['{"constructor":1,"toString":2,"hasOwnProperty":3}', { constructor: 1, toString: 2, hasOwnProperty: 3 }],
    ['{"a":"\\ud83e\\udd84","🦄":"é"}', { a: '🦄', '🦄': 'é' }],
    ['{"a":"a","b":"a"}', { a: 'a', b: 'a' }],
    ['{"a":"__proto__"}', { a: '__proto__' }],
    ['{"A":1,"a":2}', { A: 1, a: 2 }],
    ['{"\\"":1,"\\\\":2,"\\\\\\"":3}', { '"': 1, '\\': 2, '\\"': 3 }],
  ];
  for (const [text, value] of rows) t.strictSame(parse(text), value, text);
});

t.test('what a lenient parser would repair in silence is refused, and the key at fault named', async (t) => {
  const rows: [string, string][] = [
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a" :1,"b":2,"a"\n:3}', 'a'],
    ['{"x":{"a":1,"a":2}}', 'a'],
    ['{"x":[{"a":1},{"a":1,"a":2}]}', 'a'],
    ['{"a":{"b":1},"a":2}', 'a'],
    ['{"":1,"":2}', ''],
    ['{"é":1,"\\u00e9":2}', 'é'],
    ['{"\\"":1,"\\u0022":2}', '"'],
    ['{"__proto__":{}}', '__proto__'],
    ['{"__proto\\u005f_":{}}', '__proto__'],
    ['{"x":{"__proto__":1}}', '__proto__'],
    ['{"x":[{"__proto__":null}]}', '__proto__'],
    ['{"a":"\\ud800"}', 'body'],
    ['{"a":"\\udc00"}', 'body'],
    ['{"a":"\\udc00\\ud800"}', 'body'],
    ['{"a":"x\\ud83ey"}', 'body'],
    ['{"\\ud800":1}', 'body'],
    ['{"a":["\\ud800"]}', 'body'],
  ];
  for (const [text, field] of rows) t.equal(refusal(Buffer.from(text)), field, text);
  t.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

t.test('what is no JSON object is refused', async (t) => {
  const bodies = [
    ...[
      '',
      ' ',
      'null',
      '1',
      '"x"',
      'true',
      '[]',
      '[{}]',
      '{',
      '}',
      '{}{}',
      '{} x',
      '{"a":1,}',
      "{'a':1}",
      '{a:1}',
    ],
    ...[
      '{"a":01}',
      '{"a":.5}',
      '{"a":NaN}',
      '{"a":Infinity}',
      '{"a":undefined}',
      '{"a":"\n"}',
      '{"a":"\\x"}',
      '// x\n{}',
      '{"a":1 /* x */}',
    ],
  ];
  for (const body of bodies) t.equal(refusal(Buffer.from(body)), 'body', body || 'nothing');
});

t.test('bytes that are not UTF-8 are refused', async (t) => {
  const rows: [string, number[]][] = [
    ['a byte alone', [0xff]],
    ['a sequence cut off', [0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['past the last character', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin-1', [0xe9]],
  ];
  for (const [name, bytes] of rows) {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    t.equal(refusal(body), 'body', name);
  }
  t.equal(refusal(Buffer.from('{"a":1}', 'utf16le')), 'body', 'UTF-16');
});

t.test('a body is nested sixteen deep at most', async (t) => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const lists = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  for (const make of [nested, lists]) {
    t.equal(refusal(Buffer.from(make(16))), null);
    t.equal(refusal(Buffer.from(make(17))), 'body');
    t.equal(refusal(Buffer.from(make(50_000))), 'body', 'however deep');
  }
  t.equal(refusal(Buffer.from(`{"a":[${'{},'.repeat(1000)}{}]}`)), null, 'many side by side are not deep');
  t.equal(refusal(Buffer.from(`{"a":"${'[{'.repeat(1000)}"}`)), null, 'brackets in text are text');
});

t.test('a long text is no trouble', async (t) => {
  for (const unit of ['x', '\\"', '\\u00e9', '🦄'])
    t.equal(refusal(Buffer.from(`{"a":"${unit.repeat(60_000)}"}`)), null, unit);
});

t.test('whatever JSON.stringify makes of a plain object is read as that object', async (t) => {
  const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), value, { noNullPrototype: true }), (object) => {
      const text = JSON.stringify(object);
      if (text.includes('__proto__')) return;
      t.strictSame(parse(text), JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});
