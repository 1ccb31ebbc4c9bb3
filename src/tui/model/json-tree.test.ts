import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExactly } from '../../protocol/exact-json.ts'
import { plainText } from '../text/lines.ts'
import { showJson } from '../views/json-lines.ts'
import { JsonRows, type Tree, treeKey } from './json-tree.ts'

/** Every row, from a walk that makes them all: pointer, label and depth. */
function all(value: unknown, open: ReadonlySet<string>, pointer = '', label = '', depth = 0): unknown[] {
  const own = [pointer, label, depth]
  if (typeof value !== 'object' || value === null || !open.has(pointer)) return [own]
  const inner = Object.entries(value).flatMap(([key, child]) =>
    all(child, open, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, key, depth + 1),
  )
  return [own, ...inner]
}
function pointers(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [pointer]
  return [
    pointer,
    ...Object.entries(value).flatMap(([key, child]) =>
      pointers(child, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ),
  ]
}

test('whatever a value is and whatever of it is open, its rows are those that there are', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constant({ 'a/b': { '~': [1, { '': 2 }] }, '': [[], {}] }))
  fc.assert(
    fc.property(value, fc.array(fc.nat(40), { maxLength: 12 }), (one, chosen) => {
      const there = pointers(one)
      const open = new Set(['', '/gone', ...chosen.map((i) => there[i % there.length] as string)])
      const rows = new JsonRows(one, open)
      const found = Array.from({ length: rows.count }, (_, i) => {
        const row = rows.at(i)
        return [row?.pointer, row?.label, row?.depth]
      })
      assert.deepEqual(found, all(one, open))
      assert.equal(rows.at(rows.count), undefined)
    }),
  )
})

test('a number that no double holds is shown as it was written', () => {
  const value = parseExactly('{"n":1234567890123456789}')
  assert.deepEqual(new JsonRows(value, new Set([''])).at(1), {
    pointer: '/n',
    depth: 1,
    label: 'n',
    isOpen: false,
    text: '1234567890123456789',
    kind: 'number',
  })
})

test('of a list of 100 000 values, a key and the screen look at those in sight alone', () => {
  let looks = 0
  const value = new Proxy(
    Array.from({ length: 100_000 }, (_, i) => ({ id: i })),
    {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++
        return Reflect.get(target, key, receiver)
      },
    },
  )
  let tree: Tree = { value, open: new Set(['', '/7', '/99998']), selected: 0 }
  for (const [key, shown] of [
    ['end', '▸ 99999: {id}'],
    ['up', 'id: 99998'],
    ['pageup', '▸ 99979: {id}'],
    ['home', '▾ [100000]'],
  ] as const) {
    tree = treeKey(tree, key, 20) ?? tree
    const lines = showJson(tree, 60, 20)
    const selected = lines.find(({ ground }) => ground === 'selection')
    assert.equal(plainText(selected ?? { spans: [] }).trim(), shown)
  }
  assert.ok(looks < 4 * 20 * 5, `${looks} were looked at`)
})
