import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseUnitFile, UnitError } from './unit-file.ts'

const parse = (text: string) => parseUnitFile(text, 'x.service').map(({ origin: _, ...rest }) => rest)

test('reads sections and assignments in their order, with white space trimmed', () => {
  assert.deepEqual(parse('[Unit]\nA=1\n\n[Service]\n  B  =  two words  \nB=\n'), [
    { section: 'Unit', key: 'A', value: '1' },
    { section: 'Service', key: 'B', value: 'two words' },
    { section: 'Service', key: 'B', value: '' },
  ])
})

test('leaves comments out, also between the lines of a continued value', () => {
  assert.deepEqual(parse('# a\n[S]\n; b\nK=one \\\n# c\n  two\\\n\nL=3'), [
    { section: 'S', key: 'K', value: 'one two' },
    { section: 'S', key: 'L', value: '3' },
  ])
})

test('keeps equals signs and comment characters within values', () => {
  assert.deepEqual(parse('[S]\nE=A=b#c;d'), [{ section: 'S', key: 'E', value: 'A=b#c;d' }])
})

test('names the line of each assignment', () => {
  const origins = parseUnitFile('[S]\nA=1\n# x\nB=2 \\\n3\nC=4', 'f').map(({ origin }) => origin)
  assert.deepEqual(origins, ['f:2', 'f:4', 'f:6'])
})

test('refuses a line that is nothing, and an assignment without a section, by file and line', () => {
  assert.throws(() => parse('[S]\nnothing'), { name: 'UnitError', message: /^x\.service:2: "nothing"/ })
  assert.throws(() => parse('A=1'), /before the first \[Section\]/)
})

test('either reads any text or refuses it with a UnitError', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom('[S]', 'A=1', 'A=\\', '#', '\\', '[', '=x'))
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        for (const { key } of parse(lines.join('\n'))) assert.notEqual(key, '')
      } catch (error) {
        assert.ok(error instanceof UnitError)
      }
    }),
  )
})

test('reads back what was written, for any keys and values', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9/%:=.-]{1,12}$/)
  const key = fc.stringMatching(/^[A-Z][A-Za-z]{0,10}$/)
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.array(word))), (pairs) => {
      const text = `[S]\n${pairs.map(([k, words]) => `${k}=${words.join(' \\\n  ')}\n`).join('')}`
      assert.deepEqual(
        parse(text),
        pairs.map(([k, words]) => ({ section: 'S', key: k, value: words.join(' ') })),
      )
    }),
  )
})
