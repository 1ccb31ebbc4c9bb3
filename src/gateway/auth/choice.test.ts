import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileChoice, readPatterns } from './choice.ts'

test('a pattern has the names that a regular expression of it has', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '_', '*'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (pattern, name) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)
      assert.equal(compileChoice([pattern])(name), expected)
    }),
    { numRuns: 2000 },
  )
})

test('a choice has what one of its patterns has', () => {
  const has = compileChoice(['fs_read*', 'time_*', 'llm_chat'])
  for (const name of ['fs_read_text_file', 'time_', 'llm_chat', 'fs_read_text_file'])
    assert.ok(has(name), name)
  for (const name of ['fs_write_file', 'xtime_x', 'llm_chat2', '']) assert.ok(!has(name), name)
})

const known = new Set(['fs_read_text_file', 'fs_write_file', 'time_now'])
const read = (tools: unknown) => readPatterns({ tools }, { key: 'tools', noun: 'tool', known })

test('patterns that name something are taken, each once', () => {
  assert.equal(read(undefined), undefined)
  assert.deepEqual(read(['fs_*', 'time_now', 'fs_*']), ['fs_*', 'time_now'])
  assert.deepEqual(read(['*']), ['*'])
})

test('a pattern that names nothing, or can’t, is refused, and those there are are named', () => {
  const refused = (given: unknown, message: RegExp) =>
    assert.throws(() => read(given), { code: -32602, message })
  refused(
    ['fs_*', 'fz_*'],
    /No tool here is named "fz_\*"; there are fs_read_text_file, fs_write_file, time_now\./,
  )
  refused(['FS_*'], /No tool/)
  for (const odd of ['', 'a b', 'fs_[rw]*', 'x'.repeat(65), 'fs_*\n', 5, null, {}, [undefined]])
    refused([odd], /A tool is named by/)
  for (const odd of [[], 'fs_*', {}, null, 7, Array(101).fill('*')]) refused(odd, /array of 1 to 100/)
})
