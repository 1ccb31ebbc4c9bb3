import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Delta, readDelta, readModelStatus } from './model-delta.ts'

const call = { index: 0, id: 'c', function: { name: 'f', arguments: '{' } }

test('a delta is read as it was sent, with what else a provider says of it', () => {
  const sent: Delta = {
    index: 1,
    delta: { role: 'assistant', content: 'Hi', reasoning_content: null, tool_calls: [call] },
    finish_reason: 'stop',
    more: { logprobs: null },
    around: { citations: ['x'] },
  }
  assert.deepEqual(readDelta({ ...sent, _meta: {} }), sent)
  assert.deepEqual(readDelta({ delta: { own: [1] } }), { delta: { own: [1] } })
})

test('what has not the types of a delta is none', () => {
  for (const params of [
    ...[{}, { delta: 'Hi' }, { delta: [] }, { delta: {}, index: -1 }, { delta: {}, index: '0' }],
    ...[
      { delta: {}, finish_reason: null },
      { delta: {}, more: [] },
      { delta: {}, around: 'x' },
    ],
    ...[{ delta: { content: 1 } }, { delta: { refusal: [] } }, { delta: { reasoning_content: {} } }],
    ...[{ delta: { role: 5 } }, { delta: { tool_calls: {} } }, { delta: { tool_calls: ['x'] } }],
    ...[{ id: 'c' }, { ...call, id: 1 }, { ...call, function: { arguments: {} } }].map((one) => ({
      delta: { tool_calls: [one] },
    })),
  ])
    assert.equal(readDelta(params), undefined, JSON.stringify(params))
})

test('a status is a place in a queue, or a pause', () => {
  assert.deepEqual(readModelStatus({ queued: { position: 2 }, _meta: {} }), { queued: { position: 2 } })
  assert.deepEqual(readModelStatus({ pausing: false }), { pausing: false })
  for (const params of [{}, { queued: 2 }, { queued: { position: -1 } }, { pausing: 'yes' }])
    assert.equal(readModelStatus(params), undefined)
})

test('nothing that comes makes the readers throw', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('index', 'delta', 'more', 'queued'), fc.jsonValue()),
      (params) => {
        readDelta(params)
        readModelStatus(params)
      },
    ),
  )
})
