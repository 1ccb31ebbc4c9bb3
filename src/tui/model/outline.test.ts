import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Outline } from './outline.ts'

interface Node {
  name: string
  children: Node[]
}

const { tree } = fc.letrec<{ tree: Node[] }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constant<Node[]>([]),
    fc.array(
      tie('tree').map((children): Node => ({ name: '', children })),
      { maxLength: 5 },
    ),
  ),
}))

/** Every node by its name: the places that lead to it. */
function named(children: readonly Node[], prefix: string, all: Map<string, Node>): Map<string, Node> {
  for (const [i, node] of children.entries()) {
    const name = `${prefix}/${i}`
    all.set(name, { name, children: node.children })
    named(node.children, name, all)
  }
  return all
}

/** The rows from a walk that makes them all. */
function rowsOf(name: string, all: ReadonlyMap<string, Node>, open: ReadonlySet<string>): string[] {
  if (!open.has(name)) return [name]
  const children = all.get(name)?.children ?? []
  return [name, ...children.flatMap((_, i) => rowsOf(`${name}/${i}`, all, open))]
}

test('whatever is open, every row is found by its number and its place, and none else', () => {
  fc.assert(
    fc.property(tree, fc.array(fc.nat(60), { maxLength: 20 }), (children, chosen) => {
      const all = named(children, '', new Map([['', { name: '', children }]]))
      const names = [...all.keys()]
      const open = new Set(['', ...chosen.map((i) => names[i % names.length] as string)])
      const outline = new Outline<string>('', open, (name) => {
        const at = name.lastIndexOf('/')
        return {
          what: name,
          parent: name.slice(0, Math.max(0, at)),
          at: Number(name.slice(at + 1)),
          children: all.get(name)?.children.length ?? 0,
        }
      })
      const rows = rowsOf('', all, open)
      assert.equal(outline.rows, rows.length)
      for (const [index, name] of rows.entries()) {
        const place = outline.row(index)
        if (index === 0) assert.equal(place, undefined)
        else {
          assert.equal(`${place?.what}/${place?.at}`, name)
          assert.equal(place?.depth, name.split('/').length - 1)
          assert.equal(outline.indexOf(place?.what ?? '', place?.at ?? 0), index)
        }
      }
      assert.equal(outline.row(rows.length), undefined)
    }),
  )
})

test('what is in a closed branch is in no row', () => {
  const outline = new Outline('', ['', '/0/0'], (name) => ({
    what: name,
    parent: name.slice(0, -2),
    at: 0,
    children: 1,
  }))
  assert.equal(outline.rows, 2)
  assert.equal(outline.indexOf('/0/0', 0), undefined)
})

test('a million children cost no more than one: none is looked at', () => {
  const outline = new Outline('/', ['/', '/many'], (name) => ({
    what: name,
    parent: name === '/' ? '' : '/',
    at: 3,
    children: 1_000_000,
  }))
  assert.equal(outline.rows, 2_000_001)
  assert.deepEqual(outline.row(4), { what: '/', at: 3, depth: 1 })
  assert.deepEqual(outline.row(5), { what: '/many', at: 0, depth: 2 })
  assert.deepEqual(outline.row(2_000_000), { what: '/', at: 999_999, depth: 1 })
  assert.equal(outline.indexOf('/', 999_999), 2_000_000)
})
