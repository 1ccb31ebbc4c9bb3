import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Handlers } from './handlers.ts'

test('it is quiet at once where nothing runs, and else when the last handler has returned', async () => {
  const handlers = new Handlers()
  await handlers.quiet(60_000)
  handlers.started()
  handlers.started()
  let quiet = false
  const waiting = handlers.quiet(60_000).then(() => {
    quiet = true
  })
  handlers.settled()
  await Promise.resolve()
  assert.equal(quiet, false)
  handlers.settled()
  await waiting
})

test('a handler that never returns is waited for only so long', async () => {
  const handlers = new Handlers()
  handlers.started()
  await handlers.quiet(10)
})
