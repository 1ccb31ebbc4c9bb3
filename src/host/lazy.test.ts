import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLazyLog } from './lazy.ts'

test('every line is written, the first ones too, in their order', async () => {
  const lines: string[] = []
  const log = createLazyLog({
    name: 'x',
    destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) },
  })
  log.info({}, 'one')
  log.warn({}, 'two')
  while (lines.length < 2) await new Promise((resolve) => setImmediate(resolve))
  log.error({}, 'three')
  assert.deepEqual(lines, ['one', 'two', 'three'])
})
