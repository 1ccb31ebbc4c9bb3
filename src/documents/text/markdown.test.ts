import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMarkdown } from './markdown.ts'
import { told } from './testing/blocks.ts'

const blocks = (text: string) => told(text, readMarkdown(text))

describe('Markdown', () => {
  test('is paragraphs below their headings', () => {
    assert.deepEqual(
      blocks('# House\n\nIntro.\n\n## Roof\n\nTiles.\nMore.\n\n### Chimney\nLead.\n\n## Cellar\n\nDamp.\n'),
      [
        ['House', '# House'],
        ['House', 'Intro.'],
        ['House › Roof', '## Roof'],
        ['House › Roof', 'Tiles.\nMore.'],
        ['House › Roof › Chimney', '### Chimney\nLead.'],
        ['House › Cellar', '## Cellar'],
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
      ['A', '# A'],
      ['A', '```sh\n# no heading\n\n~~~\necho\n```'],
      ['A', 'after'],
    ])
    assert.deepEqual(blocks('````\n```\n# no\n````\n\n# Yes'), [
      ['', '````\n```\n# no\n````'],
      ['Yes', '# Yes'],
    ])
  })

  test('reads on to the end where a fence is never closed', () => {
    assert.deepEqual(blocks('```\ncode\n\n# still code'), [['', '```\ncode\n\n# still code']])
  })

  test('keeps the settings before a text apart, and takes a rule that nothing closes for what it is', () => {
    assert.deepEqual(blocks('---\ntitle: Trip\n\ntags: [a]\n---\n# Trip\n'), [
      ['', '---\ntitle: Trip\n\ntags: [a]\n---'],
      ['Trip', '# Trip'],
    ])
    assert.deepEqual(blocks('---\n\n# Trip\n\ntext'), [
      ['', '---'],
      ['Trip', '# Trip'],
      ['Trip', 'text'],
    ])
  })

  test('cuts a heading that is endless', () => {
    const [[heading = ''] = []] = blocks(`# ${'very '.repeat(10_000)}long`)
    assert.ok(heading.length <= 200 && heading.startsWith('very very'))
  })
})
