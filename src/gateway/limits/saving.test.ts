import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { saveEvery } from './saving.ts'

test('it saves again and again, tells of the first failure of a row, and saves once more at the end', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let saved = 0
  let full = false
  const problems: unknown[] = []
  const end = saveEvery(
    1000,
    async () => {
      if (full) throw new Error('The disk is full.')
      saved++
    },
    (error) => problems.push(error),
  )
  const seconds = async (count: number) => {
    for (; count > 0; count--) {
      t.mock.timers.tick(1000)
      await nextTurn()
    }
  }
  await seconds(2)
  assert.equal(saved, 2)
  full = true
  await seconds(3)
  assert.equal(problems.length, 1)
  full = false
  await seconds(1)
  full = true
  await seconds(1)
  assert.equal(problems.length, 2)
  full = false
  await end()
  assert.equal(saved, 4)
  await seconds(5)
  assert.equal(saved, 4)
})

test('no saving begins before the one before it has ended, and the end waits for both', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const begun: PromiseWithResolvers<void>[] = []
  const end = saveEvery(
    1000,
    () => {
      const saving = Promise.withResolvers<void>()
      begun.push(saving)
      return saving.promise
    },
    () => assert.fail('nothing failed'),
  )
  t.mock.timers.tick(3000)
  await nextTurn()
  assert.equal(begun.length, 1)
  let ended = false
  const ending = end().then(() => {
    ended = true
  })
  await nextTurn()
  assert.equal(begun.length, 1)
  begun[0]?.resolve()
  await nextTurn()
  assert.deepEqual([begun.length, ended], [2, false])
  begun[1]?.resolve()
  await ending
})
