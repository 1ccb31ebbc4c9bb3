import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partsOf } from './reading.ts'

const ANSWER = '{"choices":[{"message":{"content":"blue"}}]}'
const EVENT = `data: ${ANSWER}\n\n`

/** What is read of an answer that comes in these pieces, and whether it ended in good order. */
async function read(type: string, pieces: readonly string[]) {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    },
  })
  const parts = partsOf(new Response(body, { headers: { 'content-type': type } }), () => {})
  for (const values: unknown[] = []; ; ) {
    const { done, value } = await parts.next()
    if (done) return { values, endedWell: value }
    values.push(value)
  }
}

for (const type of ['application/json', 'text/event-stream', 'text/plain'])
  test(`an answer is read as what it is, however its first bytes come: ${type}`, async () => {
    const value = JSON.parse(ANSWER)
    for (const first of [[], [''], ['\n\n', '\n'], ['\uFEFF']])
      assert.deepEqual(await read(type, [...first, ANSWER]), {
        values: [{ value, isWhole: true }],
        endedWell: true,
      })
    for (const pieces of [[EVENT], ['\n', EVENT], ['d', EVENT.slice(1)], ['\n\n', 'data', EVENT.slice(4)]])
      assert.deepEqual(await read(type, [...pieces, 'data: [DONE]\n\n']), {
        values: [{ value, isWhole: false }],
        endedWell: true,
      })
  })
