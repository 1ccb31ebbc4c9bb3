import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Notices, type Untold } from './notices.ts'

const KIB = 'x'.repeat(1024)

test('what waits is bounded over all calls, and those with most of it are the ones that are stopped', () => {
  const all: Untold = { length: 0, requests: 0 }
  const made = (kib: number) => {
    const notices = new Notices(() => {}, all)
    // The window first.
    for (let i = 0; i < 256 + kib; i++) notices.tell(KIB)
    return notices
  }
  const small = made(10)
  const many = Array.from({ length: 33 }, () => made(1000))
  assert.ok(many.every(({ isFull }) => isFull))
  assert.equal(small.isFull, false)
  for (const notices of many.slice(0, 5)) notices.end()
  assert.ok(many.slice(5).every(({ isFull }) => !isFull))
  for (const notices of [...many, small]) notices.end()
  assert.deepEqual(all, { length: 0, requests: 0 })
})

test('what was taken counts no longer', () => {
  const all: Untold = { length: 0, requests: 0 }
  const notices = new Notices(() => {}, all)
  for (let i = 0; i < 300; i++) notices.tell(KIB)
  assert.deepEqual(all, { length: 44 * 1024, requests: 1 })
  notices.taken(256 * 1024)
  assert.deepEqual(all, { length: 0, requests: 0 })
})

test('a handler whose call has ended waits no more, however much its caller has not taken', async () => {
  const notices = new Notices(() => {}, { length: 0, requests: 0 })
  for (let i = 0; i < 300; i++) notices.tell(KIB)
  const waiting = notices.drained()
  assert.ok(waiting)
  notices.end()
  await waiting
  assert.equal(notices.drained(), undefined)
})
