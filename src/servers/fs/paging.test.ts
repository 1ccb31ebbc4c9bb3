import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ORDERS, Page, positionOf } from './paging.ts'

test('pages one after the other give everything once and in order, whatever the order it comes in', () => {
  const items = fc.uniqueArray(fc.record({ name: fc.string(), size: fc.nat(5) }), {
    selector: ({ name }) => name,
  })
  fc.assert(
    fc.property(
      items,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('name', 'size'),
      (items, limit, sortBy) => {
        const order = ORDERS[sortBy as 'name' | 'size']
        const seen: string[] = []
        for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
          const page = new Page(order, limit, cursor === undefined ? undefined : positionOf(cursor))
          for (const item of items) page.add(item)
          const { items: got, nextCursor } = page.finish()
          assert.ok(got.length <= limit)
          seen.push(...got.map(({ name }) => name))
          cursor = nextCursor
        }
        assert.deepEqual(
          seen,
          items.toSorted(order).map(({ name }) => name),
        )
      },
    ),
  )
})

test('a cursor that no listing gave is refused', () => {
  for (const cursor of [
    '',
    'x',
    Buffer.from('[1,2]').toString('base64url'),
    Buffer.from('{}').toString('base64url'),
  ])
    assert.throws(() => positionOf(cursor), /List again without one/)
})
