import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InFlight } from './in-flight.ts'

test('whatever comes and goes, it has what a Map would have', () => {
  const step = fc.record({
    key: fc.oneof(fc.nat(5), fc.constantFrom('1', 'a', null)),
    act: fc.constantFrom('set', 'set', 'delete', 'clear'),
    value: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const found = new InFlight<unknown, number>()
      const expected = new Map<unknown, number>()
      for (const { key, act, value } of steps) {
        if (act === 'set') {
          found.set(key, value)
          expected.set(key, value)
        } else if (act === 'delete') assert.equal(found.delete(key), expected.delete(key))
        else {
          found.clear()
          expected.clear()
        }
        assert.equal(found.size, expected.size)
        assert.deepEqual(found.values().sort(), [...expected.values()].sort())
        for (const [one, its] of expected) assert.equal(found.has(one) && found.get(one), its)
        if (!expected.has(key)) assert.equal(found.has(key) || found.get(key) !== undefined, false)
      }
    }),
  )
})

test('entries may go while all are read', () => {
  const all = new InFlight<number, number>()
  for (let i = 0; i < 5; i++) all.set(i, i)
  const read: number[] = []
  for (const one of all.values()) {
    all.delete(one)
    read.push(one)
  }
  assert.deepEqual(read, [0, 1, 2, 3, 4])
  assert.equal(all.size, 0)
})
