/** What every index of vectors keeps to, whichever library is behind it. */
import assert from 'node:assert/strict'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { unit, vectorOf } from './testing/library.ts'
import type { VectorDriver } from './vector-index.ts'

const DIMENSIONS = 48
const texts = Array.from({ length: 600 }, (_, i) => `text ${i}`)

export function testVectorDriver(driver: VectorDriver): void {
  const make = (path: string, vectors: ReadonlyMap<number, Float32Array>, dimensions = DIMENSIONS) => {
    const builder = driver.build(dimensions)
    for (const [key, vector] of vectors) builder.add(key, vector)
    builder.save(path)
    return driver.open(path, dimensions)
  }
  const some = new Map(texts.map((text, i) => [1000 + i * 7, vectorOf(text, DIMENSIONS)]))
  const exact = (vector: Float32Array, count: number) =>
    [...some]
      .map(([key, one]) => ({ key, similarity: one.reduce((sum, x, i) => sum + x * (vector[i] ?? 0), 0) }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, count)

  test(`${driver.name}: a vector is found by itself, with its key and a cosine of 1`, () => {
    using folder = temporaryDirectory()
    const index = make(join(folder.path, 'one'), some)
    assert.equal(index.size, some.size)
    for (const [key, vector] of [...some].slice(0, 50)) {
      const [first] = index.nearest(vector, 1)
      assert.equal(first?.key, key)
      assert.ok(Math.abs((first?.similarity ?? 0) - 1) < 0.01, `${first?.similarity}`)
    }
  })

  test(`${driver.name}: of the ten closest it finds nearly all, the closest first, with their cosines`, () => {
    using folder = temporaryDirectory()
    const index = make(join(folder.path, 'one'), some)
    let right = 0
    for (let i = 0; i < 50; i++) {
      const vector = vectorOf(`question ${i}`, DIMENSIONS)
      const found = index.nearest(vector, 10)
      assert.equal(found.length, 10)
      const similarities = found.map(({ similarity }) => similarity)
      assert.deepEqual(
        similarities,
        similarities.toSorted((a, b) => b - a),
      )
      const expected = exact(vector, 10)
      assert.ok(Math.abs((similarities[0] ?? 0) - (expected[0]?.similarity ?? 0)) < 0.01)
      right += expected.filter(({ key }) => found.some((one) => one.key === key)).length
    }
    assert.ok(right >= 0.98 * 500, `${right} of 500`)
  })

  test(`${driver.name}: keys may be as large as numbers of SQLite that JavaScript has exactly`, () => {
    using folder = temporaryDirectory()
    const vector = vectorOf('a', DIMENSIONS)
    const index = make(join(folder.path, 'one'), new Map([[Number.MAX_SAFE_INTEGER, vector]]))
    assert.equal(index.nearest(vector, 1)[0]?.key, Number.MAX_SAFE_INTEGER)
  })

  test(`${driver.name}: fewer are given where there are not so many, and none where there is none`, () => {
    using folder = temporaryDirectory()
    const few = new Map([...some].slice(0, 3))
    const vector = vectorOf('a', DIMENSIONS)
    assert.equal(make(join(folder.path, 'three'), few).nearest(vector, 10).length, 3)
    assert.deepEqual(make(join(folder.path, 'none'), new Map()).nearest(vector, 10), [])
  })

  test(`${driver.name}: many that are nearly the same hide nothing else`, () => {
    using folder = temporaryDirectory()
    const base = vectorOf('a form', DIMENSIONS)
    const nearly = (i: number) =>
      unit(base.map((one, at) => one + 0.02 * (vectorOf(`${i}`, DIMENSIONS)[at] ?? 0)))
    const many = new Map([
      ...some,
      ...Array.from({ length: 400 }, (_, i) => [10_000 + i, nearly(i)] as const),
    ])
    const index = make(join(folder.path, 'one'), many)
    assert.ok(index.nearest(base, 300).filter(({ key }) => key >= 10_000).length >= 295)
    for (const [key, vector] of some) assert.equal(index.nearest(vector, 1)[0]?.key, key)
  })

  test(`${driver.name}: a vector of zeros is close to nothing, and asks for nothing`, () => {
    using folder = temporaryDirectory()
    const zeros = new Float32Array(DIMENSIONS)
    const index = make(join(folder.path, 'one'), new Map([...some, [5, zeros]]))
    assert.ok(index.nearest(zeros, 5).every(({ similarity }) => Math.abs(similarity) < 0.01))
    const [, vector] = [...some][0] as [number, Float32Array]
    assert.notEqual(index.nearest(vector, 1)[0]?.key, 5)
  })

  test(`${driver.name}: a file that is cut off, of something else, of other dimensions or not there is refused`, () => {
    using folder = temporaryDirectory()
    const path = join(folder.path, 'one')
    make(path, some)
    assert.throws(() => driver.open(path, DIMENSIONS * 2))
    truncateSync(path, 20_000)
    assert.throws(() => driver.open(path, DIMENSIONS))
    writeFileSync(path, 'a text that somebody put here\n'.repeat(100))
    assert.throws(() => driver.open(path, DIMENSIONS))
    writeFileSync(path, '')
    assert.throws(() => driver.open(path, DIMENSIONS))
    assert.throws(() => driver.open(join(folder.path, 'none-here'), DIMENSIONS))
  })

  test(`${driver.name}: where it can't be written, saving throws`, () => {
    using folder = temporaryDirectory()
    const builder = driver.build(DIMENSIONS)
    for (const [key, vector] of some) builder.add(key, vector)
    assert.throws(() => builder.save(join(folder.path, 'no-folder', 'one')))
  })
}
