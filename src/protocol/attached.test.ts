import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asksToAttach, attachedLength, attachedTo, withAttached, withoutAttached } from './attached.ts'
import { META } from './mcp.ts'

const RESULT = { resultType: 'complete', _meta: { other: 1 }, content: [] }

test('bytes beside a result are announced in it, and are no part of its JSON', () => {
  const result = withAttached(RESULT, Buffer.from('abc'))
  assert.equal(attachedTo(result)?.toString(), 'abc')
  assert.equal(attachedLength(result), 3)
  assert.deepEqual(JSON.parse(JSON.stringify(result))._meta, { other: 1, [META.attached]: 3 })
  assert.equal(attachedTo({ ...result, more: true })?.length, 3)
})

test('a result for who did not ask says nothing of bytes', () => {
  const result = withoutAttached(withAttached(RESULT, Buffer.from('abc')))
  assert.deepEqual(result, RESULT)
  assert.equal(attachedTo(result), undefined)
  assert.equal(withoutAttached(RESULT), RESULT)
})

test('a length that can be none counts as none', () => {
  for (const length of [-1, 0, 1.5, '3', null, 2 ** 60, Number.NaN])
    assert.equal(attachedLength({ _meta: { [META.attached]: length } }), 0)
  for (const value of [undefined, null, 7, [], { _meta: 3 }, {}]) assert.equal(attachedLength(value), 0)
})

test('only true asks', () => {
  assert.equal(asksToAttach({ _meta: { [META.attach]: true } }), true)
  for (const params of [undefined, [], { _meta: { [META.attach]: 1 } }, { _meta: [] }, {}])
    assert.equal(asksToAttach(params), false)
})
