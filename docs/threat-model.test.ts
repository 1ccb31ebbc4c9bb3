import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
/** A file of tests and, after colons, what some of its tests are called: `path`: "title"; "title". */
const SHOWN_BY = /`([^`]+\.test\.ts)`((?::|;) "(?:[^"\\]|\\.)+")*/g
const page = readFileSync(join(import.meta.dirname, 'threat-model.md'), 'utf8')

test('each test that the threat model names is there', () => {
  const named = [...page.matchAll(SHOWN_BY)].map(([whole, path = '']) => ({
    path,
    titles: [...whole.matchAll(/"((?:[^"\\]|\\.)+)"/g)].map(([, title]) => title as string),
  }))
  assert.ok(named.length > 0)
  for (const { path, titles } of named) assert.ok(titles.length > 0, `say which test of ${path} shows it`)
  const missing = named.flatMap(({ path, titles }) => {
    const text = readFileSync(join(ROOT, path), 'utf8')
    return titles.filter((title) => !text.includes(title)).map((title) => `${path}: ${title}`)
  })
  assert.deepEqual(missing, [])
})

test('every line of its tables says by which mechanism, and names a test that shows it', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:attack|---)/.test(line))
  for (const row of rows) {
    const [, from, by, shown] = row.split(/(?<!\\)\|/).map((cell) => cell.trim())
    assert.ok(from && by, row)
    assert.match(shown ?? '', /`[^`]+\.test\.ts`/, row)
  }
})
