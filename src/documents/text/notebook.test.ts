import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readNotebook } from './notebook.ts'
import { told } from './testing/blocks.ts'

const notebook = {
  cells: [
    { cell_type: 'markdown', source: ['# Sales\n', '\n', 'By month.'] },
    {
      cell_type: 'code',
      source: 'def total(rows):\n    return sum(rows)',
      outputs: [
        { output_type: 'stream', text: ['42\n'] },
        { output_type: 'display_data', data: { 'image/png': 'aGVsbG8=', 'text/plain': ['<Figure>'] } },
      ],
    },
  ],
  nbformat: 4,
}

describe('a notebook', () => {
  test('is its cells, code below the headings of the text before it, and what came out as text', () => {
    const text = JSON.stringify(notebook, null, 1)
    assert.deepEqual(told(readNotebook(text)), [
      ['Sales', 'Sales'],
      ['Sales', 'By month.'],
      ['Sales › def total(rows)', 'def total(rows):\n    return sum(rows)'],
      ['Sales', '42'],
      ['Sales', '<Figure>'],
    ])
    const [first, , code] = [...readNotebook(text)]
    assert.match(text.slice(first?.start, first?.end), /Sales/)
    assert.match(text.slice(code?.start, code?.end), /def total/)
    assert.doesNotMatch(text.slice(code?.start, code?.end), /By month/)
  })

  test('is read as JSON where it is cut off, or something else', () => {
    const text = JSON.stringify(notebook).slice(0, 60)
    assert.ok(told(readNotebook(text)).some(([, content]) => content.includes('Sales')))
    assert.deepEqual(told(readNotebook('[1]')).length, 1)
    for (const odd of ['{"cells": 1}', '{"cells": [null, 1, {}, {"source": 5, "outputs": {}}]}', 'null', ''])
      for (const _ of readNotebook(odd));
  })
})
