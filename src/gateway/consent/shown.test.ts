import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InputRequest } from '../../protocol/mcp.ts'
import type { AdmittedCall, Target } from '../call/call.ts'
import { argumentLines } from './arguments.ts'
import { question, whoCalls } from './question.ts'
import { quoted, shown, shownValue } from './shown.ts'

const BOUNDS = { text: 120, value: 200 }
/** What is invisible, or what moves or imitates something else. */
const DECEIVING =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0\u2003\u3000\u115f\u2800\u3164\u2033\uff02]|\ufe0f|\p{M}{5}|"\p{M}/u

/** Texts of what deceives, among others. */
const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r',
        '\u202e',
        '\u2066',
        '\u200b',
        '\x1b[2J',
        '\0',
        '"',
        '\\',
        '\u2028',
        '\u0301',
        '\ud800',
        '\u3164',
        'path: "/safe"',
        '", path: "/safe',
        '" … "',
        ' (3 characters left out)',
        'phone ("Claude") asks',
        '/a',
        ' ',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
  fc.string().map((text) => text.repeat(500)),
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    odd,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 30 }),
  object: fc.dictionary(odd, tie('value'), { maxKeys: 30 }),
})).value

test('what is shown is on one line, bounded, and has nothing that deceives', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = shownValue(value, BOUNDS)
      assert.doesNotMatch(text, DECEIVING)
      assert.ok(text.length <= 700, `${text.length}`)
    }),
    { numRuns: 500 },
  )
})

test('a text that is shown whole is that text and no other', () => {
  const read = (text: string) =>
    text
      .slice(1, -1)
      .replace(/\\(?:u\{([0-9a-f]+)\}|(.))/g, (_, hex, char) =>
        hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : char,
      )
  fc.assert(
    fc.property(odd, (text) => {
      const made = quoted(text, 120)
      if (!/^"[^"]*(?:\\"[^"]*)*"$/.test(made) || made.includes(' … ')) return
      assert.equal(read(made), text)
    }),
    { numRuns: 500 },
  )
})

test('both ends of a long text are shown, and how much is between', () => {
  assert.equal(quoted(`/a${'x'.repeat(1000)}/b.txt`, 12), '"/axxxxxx" … ".txt" (996 characters left out)')
  assert.equal(quoted('/a ', 12), '"/a "', 'a space at the end is seen')
  assert.equal(quoted('a\u202eb\nc"\\', 40), String.raw`"a\u{202e}b\u{a}c\"\\"`)
  assert.equal(shown('delete "/a"\u200b', 40), String.raw`delete "/a"\u{200b}`)
})

const ITEM = {
  name: 'send',
  capability: 'x.y',
  description: '',
  inputSchema: { type: 'object', properties: { body: {}, note: {}, path: {}, to: {} } },
  stake: ['path', 'to'],
}
const target = {
  item: ITEM,
  descriptor: { service_name: 'x' },
  name: 'send',
  destructive: true,
} as unknown as Target
const call = (args: unknown, client: unknown = 'Claude', token = 'phone') =>
  ({
    method: 'tools/call',
    params: { arguments: args },
    client: { info: { name: client }, capabilities: {} },
    principal: { id: 'token:1', name: token, user: 'ada' },
  }) as unknown as AdmittedCall

test('nothing hides what is at stake, imitates another line, or exceeds the bound', () => {
  fc.assert(
    fc.property(
      fc.dictionary(odd, json, { maxKeys: 60 }),
      odd,
      odd,
      json,
      json,
      (others, client, token, path, to) => {
        const made = call({ ...others, body: 'x'.repeat(900), path, to }, client, token)
        const asked = question(made, target, { warning: 'A warning.' }).consent as InputRequest
        const { message } = asked.params as { message: string }
        const lines = message.split('\n')
        assert.equal(lines[0], `${whoCalls(made)} asks to run x_send, which can change or delete things.`)
        assert.equal(lines[1], `path: ${shownValue(path, { text: 240, value: 480 })}`)
        assert.equal(lines[2], `to: ${shownValue(to, { text: 240, value: 480 })}`)
        assert.equal(lines.at(-1), 'A warning.')
        assert.equal(lines.filter((line) => /^(?:path|to): /.test(line)).length, 2)
        assert.ok(lines.length <= 22 && message.length <= 12_000)
        for (const line of lines) assert.doesNotMatch(line, DECEIVING)
      },
    ),
    { numRuns: 200 },
  )
})

test('what is at stake comes first, then what is short, then what the tool does not know, and the rest is counted', () => {
  const strange = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`k ${i}`, i]))
  const lines = argumentLines(
    call({ ...strange, body: 'x'.repeat(900), note: 'n', to: ['a@b'], path: '/p' }),
    target,
  )
  assert.deepEqual(lines.slice(0, 3), ['path: "/p"', 'to: ["a@b"]', 'note: "n"'])
  assert.match(lines[3] ?? '', /^body: "x+" … "x+" \(\d+ characters left out\)$/)
  assert.deepEqual(lines.slice(4, 6), ['"k 0": 0', '"k 1": 1'])
  assert.equal(lines.at(-1), '(2996 more arguments are not shown)')
})

test('arguments by position are named as the method names them', () => {
  const method = {
    verb: 'write',
    capability: 'x.y',
    params_schema: {},
    positional: ['path', 'content'],
    stake: ['path'],
  }
  const lines = argumentLines(call(['/p', 'c', 'more']), { ...target, item: method } as unknown as Target)
  assert.deepEqual(
    lines,
    ['path: "/p"', '"#3": "more"', 'content: "c"'].sort((a, b) =>
      a.startsWith('path') ? -1 : b.startsWith('path') ? 1 : a.startsWith('content') ? -1 : 1,
    ),
  )
})

test('a token’s name comes first, and a client’s own word is in quotes', () => {
  assert.equal(whoCalls(call({})), 'phone ("Claude")')
  assert.equal(whoCalls(call({}, 'a") asks\nto')), String.raw`phone ("a\") asks\u{a}to")`)
  assert.equal(whoCalls(call({}, '', 'x ("Claude")')), String.raw`"x (\"Claude\")"`)
  assert.equal(whoCalls(call({}, { toString: 1 })), 'phone')
  assert.ok(whoCalls(call({}, 'x'.repeat(1e6))).length < 130)
})
