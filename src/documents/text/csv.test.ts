import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readCsv } from './csv.ts'
import { told } from './testing/blocks.ts'

const blocks = (text: string) => told(readCsv(text))

describe('a table', () => {
  for (const [what, delimiter] of Object.entries({ commas: ',', semicolons: ';', tabs: '\t', bars: '|' }))
    test(`is records below the names of its columns, with ${what} between`, () => {
      const text = [
        ['name', 'town'],
        ['Ada', 'London'],
        ['Blaise', 'Paris'],
      ]
        .map((row) => row.join(delimiter))
        .join('\r\n')
      assert.deepEqual(blocks(text), [
        ['name, town', 'name | town'],
        ['name, town', 'Ada | London'],
        ['name, town', 'Blaise | Paris'],
      ])
    })

  test('has records that go on over lines between quotes', () => {
    assert.deepEqual(blocks('name,note\nAda,"first\nsecond ""quoted""\nthird"\nBob,"x"'), [
      ['name, note', 'name | note'],
      ['name, note', 'Ada | first\nsecond "quoted"\nthird'],
      ['name, note', 'Bob | x'],
    ])
  })

  test('has no names where its first line has numbers', () => {
    assert.deepEqual(blocks('1,2\n3,4'), [
      ['', '1 | 2'],
      ['', '3 | 4'],
    ])
  })

  test('is read on where a quote means inches, or is never closed', () => {
    assert.deepEqual(blocks('item,size\npipe,5" long\nrod,7'), [
      ['item, size', 'item | size'],
      ['item, size', 'pipe | 5" long'],
      ['item, size', 'rod | 7'],
    ])
    const text = `item,size\nrod,"7\n${'pipe,3\n'.repeat(100_000)}`
    const all = blocks(text)
    assert.ok(all.length > 80_000, `${all.length} records`)
  })
})

const cells = (text: string) => [...readCsv(text)].map(({ cells }) => cells)

describe('the dialect of a table', () => {
  for (const [what, text, expected] of [
    [
      'a decimal comma',
      'a;b;c\nx;1,5;2,5\ny;2,5;3,5',
      [
        ['a', 'b', 'c'],
        ['x', '1,5', '2,5'],
        ['y', '2,5', '3,5'],
      ],
    ],
    [
      'a decimal comma and no names',
      '1,5;2,5\n2,5;3,5',
      [
        ['1,5', '2,5'],
        ['2,5', '3,5'],
      ],
    ],
    [
      'a line that says the delimiter',
      'sep=|\r\na,b|c\r\nd|e',
      [
        ['a,b', 'c'],
        ['d', 'e'],
      ],
    ],
    [
      'a delimiter that nobody knows',
      'sep=^\na^b\nc^d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'delimiters in quotes',
      'name,note\nAda,"x;y;z"\n"B, C",";;"',
      [
        ['name', 'note'],
        ['Ada', 'x;y;z'],
        ['B, C', ';;'],
      ],
    ],
    [
      'quotes behind spaces',
      'name, note\nAda, "x, y"',
      [
        ['name', 'note'],
        ['Ada', 'x, y'],
      ],
    ],
    [
      'quotes behind backslashes',
      'a,b\n"say \\"hi\\" now","C:\\dir\\"\n1,2',
      [
        ['a', 'b'],
        ['say "hi" now', 'C:\\dir\\'],
        ['1', '2'],
      ],
    ],
    ['one column', 'name\nAda\nBob', [['name'], ['Ada'], ['Bob']]],
    [
      'records that are shorter',
      'a\tb\tc\n1\t2\t3\n4\t5\t6\n7\t8\t9\n1\t2\t3\nend',
      [['a', 'b', 'c'], ['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], ['1', '2', '3'], ['end']],
    ],
  ] as const)
    test(`has ${what}`, () => assert.deepEqual(cells(text), expected))

  test('says which row names the columns', () => {
    assert.deepEqual(
      [...readCsv('name;town\nAda;London')].map(({ isHeader }) => isHeader),
      [true, undefined],
    )
  })

  test('is found out of what was written in it', () => {
    const field = fc.string({
      unit: fc.constantFrom('a', 'ü', ' ', '"', ',', ';', '\n', '1', '|'),
      maxLength: 8,
    })
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: 5 })
          .chain((width) =>
            fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
          ),
        fc.constantFrom(',', ';', '\t', '|'),
        (rows, delimiter) => {
          const text = rows
            .map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter))
            .join('\r\n')
          assert.deepEqual(
            cells(text),
            rows.map((row) => row.map((value) => value.trim())),
          )
        },
      ),
    )
  })
})

test('a table is read in time that grows with its length, whatever is in it', () => {
  for (const text of [
    '"'.repeat(500_000),
    ','.repeat(500_000),
    '\\"'.repeat(300_000),
    `${'"a\n'.repeat(200_000)}`,
  ])
    assert.ok(cells(text).length > 0)
})
