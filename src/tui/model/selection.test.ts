import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { line, plainText } from '../text/lines.ts'
import { moved, showList, windowStart } from './selection.ts'

test('keys move within the list, by one, by a page, and to its ends', () => {
  for (const [key, from, to] of [
    ...(['down', 'j', 'C-n'] as const).map((key) => [key, 4, 5] as const),
    ...(['up', 'k', 'C-p'] as const).map((key) => [key, 4, 3] as const),
    ...(['pagedown', 'C-f'] as const).map((key) => [key, 1, 4] as const),
    ...(['pageup', 'C-b'] as const).map((key) => [key, 5, 2] as const),
    ...(['home', 'g'] as const).map((key) => [key, 5, 0] as const),
    ...(['end', 'G', 'S-g'] as const).map((key) => [key, 5, 9] as const),
    ['down', 9, 9],
    ['up', 0, 0],
    ['pagedown', 8, 9],
    ['pageup', 1, 0],
  ] as const)
    assert.equal(moved(from, 10, key, 3), to, `${key} from ${from}`)
  assert.equal(moved(4, 10, 'x'), undefined)
  for (const key of ['down', 'up', 'end', 'home']) assert.equal(moved(0, 0, key), 0)
})

test('the one that is selected is in sight, and no row stays empty that could be filled', () => {
  const sizes = fc.record({ count: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 50 }) })
  fc.assert(
    fc.property(sizes, fc.nat(), ({ count, rows }, at) => {
      const selected = at % count
      const start = windowStart(selected, count, rows)
      assert.ok(start <= selected && selected < start + rows)
      const lines = showList(count, selected, rows, (i) => line(`row ${i}`))
      assert.equal(lines.length, rows)
      assert.equal(lines.filter((one) => plainText(one) !== '').length, Math.min(count, rows))
      const marked = lines.filter(({ ground }) => ground === 'selection')
      assert.deepEqual(marked.map(plainText), [`row ${selected}`])
    }),
  )
})
