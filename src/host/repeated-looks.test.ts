import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RepeatedLooks } from './repeated-looks.ts'

test('the same look by the same caller is one of every ten minutes', () => {
  let now = 0
  const looks = new RepeatedLooks(() => now)
  const seen: boolean[] = []
  for (; now <= 1_200_000; now += 2000) seen.push(looks.has('owner', 'admin/status'))
  assert.equal(seen.filter((has) => !has).length, 3)
  assert.equal(looks.has('owner', 'admin/approval/list'), false)
  assert.equal(looks.has('alice', 'admin/status'), false)
})

test('what changes something is never a repetition', () => {
  const looks = new RepeatedLooks(() => 0)
  for (const method of ['admin/token/create', 'user/add', 'power', 'tools/call', 'admin/approval/decide'])
    for (let i = 0; i < 3; i++) assert.equal(looks.has('owner', method), false)
})

test('callers without number are not remembered without end', () => {
  const looks = new RepeatedLooks(() => 0)
  for (let i = 0; i < 100_000; i++) assert.equal(looks.has(`client ${i}`, 'tools/list'), false)
})
