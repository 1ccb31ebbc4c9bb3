import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyEdits } from './edits.ts'

const edit = (text: string, oldText: string, newText: string) => applyEdits(text, [{ oldText, newText }])

test('an exact passage is replaced, also within a line and with $ in it', () => {
  assert.equal(edit('one two three', 'two', '$& $1'), 'one $& $1 three')
})

test('edits are made one after the other', () => {
  const edits = [
    { oldText: 'a', newText: 'b' },
    { oldText: 'b', newText: 'c' },
  ]
  assert.equal(applyEdits('a', edits), 'c')
})

test('a passage that is there more than once is refused with the number', () => {
  assert.throws(
    () => edit('x = 1\nx = 1\nx = 1\n', 'x = 1', 'y'),
    /Edit 1 of 1 matches 3 places; nothing was changed/,
  )
  assert.throws(() => edit('  a\n\ta\n', 'a  ', 'b'), /matches 2 places/)
})

test('a passage that is not there is refused and shown', () => {
  assert.throws(() => edit('abc', 'xyz', ''), /not found in the file.*Read the file again.*\nxyz$/s)
})

test('an empty passage is refused', () => {
  assert.throws(() => edit('abc', '', 'x'), /empty oldText/)
})

test('lines match with other white space at their ends, and keep the indentation of the file', () => {
  const text = 'def f():\n    if x:\n        return 1\n    return 2\n'
  assert.equal(
    edit(text, 'if x:  \n    return 1', 'if y:\n    return 3\n    # done'),
    'def f():\n    if y:\n        return 3\n        # done\n    return 2\n',
  )
  assert.equal(edit('\t\tone();\n', '  one();\n', '  two();\n    three();\n'), '\t\ttwo();\n\t\t  three();\n')
})

test('line breaks of the file are kept, whatever the edit uses', () => {
  assert.equal(edit('a\r\nb\r\nc\r\n', 'a\nb', 'x\ny\nz'), 'x\r\ny\r\nz\r\nc\r\n')
  assert.equal(edit('a\r\nb\r\n', 'a', 'x\ny'), 'x\r\ny\r\nb\r\n')
  assert.equal(edit('a\nb\n', 'a\r\nb', 'x\r\ny'), 'x\ny\n')
})

test('white space alone is matched exactly only', () => {
  assert.throws(() => edit('a\n\n\nb', ' \n ', 'x'), /not found/)
})
