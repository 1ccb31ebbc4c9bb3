import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { widthOf } from '../text/cells.ts'
import { showEditor } from './editor.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '漢', 'é', '👍'), maxLength: 80 })

test('a field of one row shows what stands around its cursor, and never more than there is room for', () => {
  fc.assert(
    fc.property(text, fc.nat(80), fc.integer({ min: 8, max: 40 }), (whole, at, columns) => {
      const before = [...whole].slice(0, at).join('')
      const { lines, cursor } = showEditor({ text: whole, cursor: before.length }, columns, 1)
      const [shown = ''] = lines
      assert.ok(widthOf(shown) <= columns, shown)
      assert.ok(cursor.column < columns)
      const last = [...before].at(-1)
      if (last !== undefined) assert.ok(shown.includes(last))
      if (widthOf(whole) < columns) assert.equal(shown, whole)
    }),
  )
})

test('a text that fills its field exactly is still seen', () => {
  assert.deepEqual(showEditor({ text: 'home-automation list_all', cursor: 24 }, 24, 1), {
    lines: ['…me-automation list_all'],
    cursor: { row: 0, column: 23 },
  })
})
