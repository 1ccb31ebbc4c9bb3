import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { eventNamesProblem, MAX_EVENT_BYTES, readEventData } from './events.ts'

const refused: [what: string, data: unknown, problem: RegExp][] = [
  ['nothing', undefined, /is an object/],
  ['an array', ['a'], /is an object/],
  ['a text', 'a', /is an object/],
  ['an object within', { mail: { id: 1 } }, /"mail" of an event must be/],
  ['an array within', { ids: [1, 2] }, /"ids" of an event must be/],
  ['null', { id: null }, /"id" of an event must be/],
  ['a number that is none', { id: Number.NaN }, /"id" of an event must be/],
  ['a text of 201 characters', { subject: 'x'.repeat(201) }, /200 characters.*never content/],
  ['a field without a name', { '': 1 }, /"" is none/],
  ['a field with a strange name', { 'a b': 1 }, /"a b" is none/],
  ['a field with a long name', { ['x'.repeat(41)]: 1 }, /is none/],
  [
    'more than 4 KB',
    Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, 'x'.repeat(200)])),
    /4096 bytes at most/,
  ],
]
for (const [what, data, problem] of refused)
  test(`an event that carries ${what} is refused`, () =>
    assert.throws(() => readEventData(data), { name: 'RpcError', message: problem }))

test('an event carries names, ids and flags', () => {
  const data = { folder: 'INBOX', uid: 17, seen: false, of: 'ä'.repeat(200) }
  assert.deepEqual(readEventData(data), data)
})

test('what is taken as an event is never longer than is said', () =>
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string({ maxLength: 300 }), fc.double())), (data) => {
      let taken: object
      try {
        taken = readEventData(data)
      } catch {
        return
      }
      assert.ok(Buffer.byteLength(JSON.stringify(taken)) <= MAX_EVENT_BYTES)
    }),
  ))

for (const [names, problem] of [
  ['mail.new', /must name/],
  [['mail'], /no event such as/],
  [['Mail.new'], /no event/],
  [['mail.new.old'], /no event/],
  [[7], /has 7, which/],
  [['mail.new', 'mail.new'], /twice/],
  [['mail.new', 'fs.changed'], /has "fs.changed", which must begin with "mail."/],
  [Array.from({ length: 51 }, (_, i) => `mail.e${i}`), /50 events at most/],
] as const)
  test(`${JSON.stringify(names).slice(0, 40)} are no events of a definition`, () =>
    assert.match(eventNamesProblem('events', names, 'mail.') ?? '', problem))
