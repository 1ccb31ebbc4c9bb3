import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { STATE_LIFETIME_MS, stateSeal } from './request-state.ts'

const key = randomBytes(32)
const owner = {
  server: 'sample',
  caller: 'ada',
  method: 'tools/call',
  params: { name: 'move', arguments: { a: 1, b: [2, { c: 3 }] } },
}
const answers = { sure: { action: 'accept', content: { ok: true } } }
const refusal = { code: -32602, message: /start the call again/ }

test('a state opens for the caller and request it was sealed for', () => {
  const seal = stateSeal(() => key)
  assert.deepEqual(seal.open(seal.seal(answers, owner), owner), answers)
})

test('the order of an argument’s keys does not matter', () => {
  const seal = stateSeal(() => key)
  const reordered = { ...owner, params: { arguments: { b: [2, { c: 3 }], a: 1 }, name: 'move' } }
  assert.deepEqual(seal.open(seal.seal(answers, owner), reordered), answers)
})

test('a state does not open for another caller, method, server, name, URI or argument', () => {
  const seal = stateSeal(() => key)
  const state = seal.seal(answers, owner)
  for (const other of [
    { ...owner, caller: 'eve' },
    { ...owner, caller: undefined },
    { ...owner, method: 'prompts/get' },
    { ...owner, server: 'other' },
    { ...owner, params: { ...owner.params, name: 'delete' } },
    { ...owner, params: { ...owner.params, uri: 'x' } },
    { ...owner, params: { ...owner.params, arguments: { a: 1, b: [2, { c: 4 }] } } },
  ])
    assert.throws(() => seal.open(state, other), refusal)
})

test('a state does not open with another key', () => {
  const state = stateSeal(() => key).seal(answers, owner)
  assert.throws(() => stateSeal(() => randomBytes(32)).open(state, owner), refusal)
})

test('a state opens until its time is over', () => {
  let now = 1_000_000
  const seal = stateSeal(
    () => key,
    () => now,
  )
  const state = seal.seal(answers, owner)
  now += STATE_LIFETIME_MS - 1
  assert.deepEqual(seal.open(state, owner), answers)
  now += 1
  assert.throws(() => seal.open(state, owner), refusal)
})

test('a state shows nothing of the answers, and never looks the same twice', () => {
  const seal = stateSeal(() => key)
  const state = seal.seal(answers, owner)
  assert.notEqual(state, seal.seal(answers, owner))
  assert.doesNotMatch(Buffer.from(state, 'base64url').toString('latin1'), /accept/)
})

test('a state with any one byte changed, added or removed never opens', () => {
  const seal = stateSeal(() => key)
  const state = seal.seal(answers, owner)
  const anyByte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
  fc.assert(
    fc.property(
      fc.nat(state.length),
      anyByte,
      fc.constantFrom('change', 'add', 'remove'),
      (at, byte, how) => {
        const tampered =
          state.slice(0, at) + (how === 'remove' ? '' : byte) + state.slice(how === 'add' ? at : at + 1)
        fc.pre(tampered !== state)
        assert.throws(() => seal.open(tampered, owner), refusal)
      },
    ),
    { numRuns: 3000 },
  )
})

test('whatever else is given as a state is refused with the same words', () => {
  const seal = stateSeal(() => key)
  for (const state of ['', 'AAAA', 'x'.repeat(10_000), null, 5, {}, []])
    assert.throws(() => seal.open(state, owner), refusal)
})
