import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saveEvery } from './saving.ts'

test('it saves again and again, tells of the first failure of a row, and saves once more at the end', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let saved = 0
  let full = false
  const problems: unknown[] = []
  const end = saveEvery(
    1000,
    () => {
      if (full) throw new Error('The disk is full.')
      saved++
    },
    (error) => problems.push(error),
  )
  t.mock.timers.tick(2000)
  assert.equal(saved, 2)
  full = true
  t.mock.timers.tick(3000)
  assert.equal(problems.length, 1)
  full = false
  t.mock.timers.tick(1000)
  full = true
  t.mock.timers.tick(1000)
  assert.equal(problems.length, 2)
  full = false
  end()
  assert.equal(saved, 4)
  t.mock.timers.tick(5000)
  assert.equal(saved, 4)
})
