import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMarkdown } from './markdown.ts'
import { told } from './testing/blocks.ts'

const blocks = (text: string) => told(readMarkdown(text))

describe('Markdown', () => {
  test('is paragraphs below their headings', () => {
    assert.deepEqual(
      blocks('# House\n\nIntro.\n\n## Roof\n\nTiles.\nMore.\n\n### Chimney\nLead.\n\n## Cellar\n\nDamp.\n'),
      [
        ['House', 'House'],
        ['House', 'Intro.'],
        ['House › Roof', 'Roof'],
        ['House › Roof', 'Tiles.\nMore.'],
        ['House › Roof › Chimney', 'Chimney'],
        ['House › Roof › Chimney', 'Lead.'],
        ['House › Cellar', 'Cellar'],
        ['House › Cellar', 'Damp.'],
      ],
    )
  })

  test('knows underlined headings, closing marks and headings that skip a level', () => {
    assert.deepEqual(
      blocks('Title\n=====\n\nPart\n----\n\ntext\n\n#### Deep ####\n\nmore\n\n# C#\n\nlast').map(
        ([headings]) => headings,
      ),
      ['Title', 'Title › Part', 'Title › Part', 'Title › Part › Deep', 'Title › Part › Deep', 'C#', 'C#'],
    )
  })

  test('takes no hashtag and no rule for a heading', () => {
    assert.deepEqual(blocks('#todo call them\n\n---\n\ntext'), [
      ['', '#todo call them'],
      ['', '---'],
      ['', 'text'],
    ])
  })

  test('keeps code between fences together, whatever is in it', () => {
    assert.deepEqual(blocks('# A\n\n```sh\n# no heading\n\n~~~\necho\n```\n\nafter'), [
      ['A', 'A'],
      ['A', '# no heading\n\n~~~\necho'],
      ['A', 'after'],
    ])
    assert.deepEqual(blocks('````\n```\n# no\n````\n\n# Yes'), [
      ['', '```\n# no'],
      ['Yes', 'Yes'],
    ])
  })

  test('reads on to the end where a fence is never closed', () => {
    assert.deepEqual(blocks('```\ncode\n\n# still code'), [['', 'code\n\n# still code']])
  })

  test('keeps the settings before a text apart, and takes a rule that nothing closes for what it is', () => {
    assert.deepEqual(blocks('---\ntitle: Trip\n\ntags: [a]\n---\n# Trip\n'), [
      ['', '---\ntitle: Trip\n\ntags: [a]\n---'],
      ['Trip', 'Trip'],
    ])
    assert.deepEqual(blocks('---\n\n# Trip\n\ntext'), [
      ['', '---'],
      ['Trip', 'Trip'],
      ['Trip', 'text'],
    ])
  })

  test('cuts a heading that is endless', () => {
    const [[heading = ''] = []] = blocks(`# ${'very '.repeat(10_000)}long`)
    assert.ok(heading.length <= 200 && heading.startsWith('very very'))
  })

  test('knows items by their level, rows by their cells, and code, each where it lies', () => {
    const text = '- one\n  more\n  1. two\n\n| a | b \\| c |\n|---|---|\n| 1 |  |\n~~~\ncode\n~~~\n'
    assert.deepEqual(
      [...readMarkdown(text)].map(({ start, end, ...block }) => [block, text.slice(start, end)]),
      [
        [{ kind: 'item', text: 'one\nmore', level: 1 }, '- one\n  more'],
        [{ kind: 'item', text: 'two', level: 2 }, '  1. two'],
        [{ kind: 'row', text: 'a | b | c', cells: ['a', 'b | c'] }, '| a | b \\| c |'],
        [{ kind: 'row', text: '', cells: [] }, '|---|---|'],
        [{ kind: 'row', text: '1', cells: ['1', ''] }, '| 1 |  |'],
        [{ kind: 'code', text: 'code\n' }, '~~~\ncode\n~~~'],
      ],
    )
  })
})
