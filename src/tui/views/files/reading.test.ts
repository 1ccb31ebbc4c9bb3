import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../text/lines.ts'
import { linesOf } from '../../text/long-text.ts'
import { RENDERER } from '../../text/rich-renderer.ts'
import { lastTopOf, reading } from './reading.ts'
import type { Preview } from './state.ts'

const AREA = { columns: 60, rows: 17 }
const previewOf = (path: string, text: string): Preview => ({
  path,
  lines: path.endsWith('.md') ? text.split('\n') : linesOf(text),
  note: undefined,
  top: 0,
})
const shown = (preview: Preview) => reading(preview, AREA, RENDERER).map(plainText).join('\n')

test('a file of one long line is read to its end, line by line', () => {
  const words = Array.from({ length: 3000 }, (_, i) => `word${i}`)
  const preview = previewOf('/long.txt', words.join(' '))
  let seen = ''
  for (let top = 0; top <= lastTopOf(preview, AREA); top++) seen += shown({ ...preview, top })
  for (const word of words) assert.ok(seen.includes(word), word)
})

test('at its end, the last lines of a file are in sight, whatever it is', () => {
  const line = 'Some words that are longer than what fits into one row of the screen, **bold** ones too.'
  const text = `${`${line}\n\n- ${line}\n`.repeat(200)}THE END`
  for (const path of ['/a.md', '/a.txt', '/a.ts']) {
    const preview = previewOf(path, text)
    assert.match(shown({ ...preview, top: lastTopOf(preview, AREA) }), /THE END/)
  }
})

test('a file with the line ends of Windows has no marks in it, and tabs stand where they do in others', () => {
  const preview = previewOf('/dos.txt', 'one\r\n\ttwo\r\n\r\na\tb')
  assert.deepEqual(shown(preview).split('\n').slice(2, 6), ['one', '    two', '', 'a   b'])
})

test('of a path that is too long, the end is seen, and the place in the file beside it', () => {
  const preview = previewOf(`/${'folder/'.repeat(30)}name.txt`, 'x\n'.repeat(100))
  const [head = ''] = shown({ ...preview, note: 'the first 128 KiB' }).split('\n')
  assert.match(head, /^….*\/name\.txt +1–15 of 101, the first 128 KiB$/)
})
