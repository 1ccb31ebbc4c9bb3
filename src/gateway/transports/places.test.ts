import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Holder, Places } from './places.ts'

class Guest implements Holder {
  isBusy = false
  hasGivenWay = false
  evict() {
    this.hasGivenWay = true
  }
}
const fill = (places: Places, key: string, count: number) =>
  Array.from({ length: count }, () => {
    const guest = new Guest()
    assert.equal(places.take(key, guest), 'taken')
    return guest
  })

test('a key that has its share gets another place for its oldest one, and no other key loses any', () => {
  const places = new Places({ atOnce: 10, perKey: 2 })
  const others = fill(places, 'b', 2)
  const own = fill(places, 'a', 3)
  assert.deepEqual(
    own.map(({ hasGivenWay }) => hasGivenWay),
    [true, false, false],
  )
  assert.ok(others.every(({ hasGivenWay }) => !hasGivenWay))
  assert.equal(places.sizeOf('a'), 2)
})

test('where all places are taken, the key that has most makes room', () => {
  const places = new Places({ atOnce: 5, perKey: 4 })
  const one = fill(places, 'a', 1)
  const many = fill(places, 'b', 4)
  fill(places, 'c', 1)
  assert.ok(many[0]?.hasGivenWay && !one[0]?.hasGivenWay)
})

test('the one used later stays longer, and a busy one stays', () => {
  const places = new Places({ atOnce: 10, perKey: 3 })
  const [first, second, third] = fill(places, 'a', 3) as [Guest, Guest, Guest]
  places.used(first)
  second.isBusy = true
  fill(places, 'a', 1)
  assert.deepEqual([first.hasGivenWay, second.hasGivenWay, third.hasGivenWay], [false, false, true])
})

test('where all are busy, it is said whose number is full, and nothing is taken', () => {
  const places = new Places({ atOnce: 3, perKey: 2 })
  for (const guest of [...fill(places, 'a', 2), ...fill(places, 'b', 1)]) guest.isBusy = true
  assert.equal(places.take('a', new Guest()), 'key is full')
  assert.equal(places.take('b', new Guest()), 'all are full')
  assert.equal(places.size, 3)
})

test('whatever comes and goes, the bounds hold, and no key is refused for the idle ones of another', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    act: fc.constantFrom('take', 'take', 'leave', 'use'),
    at: fc.nat(20),
  })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 100 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, atOnce, perKey) => {
        const places = new Places({ atOnce, perKey })
        const all: Guest[] = []
        const there = new Map<Guest, string>()
        for (const { key, act, at } of steps) {
          const one = all[at % (all.length || 1)]
          if (act === 'take') {
            const guest = new Guest()
            all.push(guest)
            assert.equal(places.take(key, guest), 'taken')
            there.set(guest, key)
          } else if (one && act === 'use') places.used(one)
          else if (one) {
            places.leave(one)
            there.delete(one)
          }
          for (const guest of there.keys()) if (guest.hasGivenWay) there.delete(guest)
          assert.equal(places.size, there.size)
          assert.ok(there.size <= atOnce)
          for (const each of 'abcd') {
            const own = [...there.values()].filter((of) => of === each).length
            assert.equal(places.sizeOf(each), own)
            assert.ok(own <= perKey)
          }
        }
      },
    ),
  )
})
