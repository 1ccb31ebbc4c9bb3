import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withKnownContent } from './older-content.ts'

const mark = { _meta: { 'io.llmbasedos/untrusted': 'file' } }
const LINK = { type: 'resource_link', uri: 'fs:///a.md#L1-L2', name: 'a.md, lines 1-2', ...mark }
const SOUND = { type: 'audio', data: 'AA==', mimeType: 'audio/mpeg' }
const TEXT = { type: 'text', text: 'a' }
const result = { resultType: 'complete', content: [TEXT, LINK, SOUND] }

test('a client of an older revision gets a text for each kind of content that it does not know, with its mark', () => {
  const link = { type: 'text', text: '[a.md, lines 1-2, fs:///a.md#L1-L2]', ...mark }
  assert.deepEqual(withKnownContent(result, '2025-11-25').content, result.content)
  assert.deepEqual(withKnownContent(result, '2025-06-18').content, result.content)
  assert.deepEqual(withKnownContent(result, '2025-03-26').content, [TEXT, link, SOUND])
  assert.deepEqual(withKnownContent(result, '2024-11-05').content, [
    TEXT,
    link,
    { type: 'text', text: '[audio, audio/mpeg]' },
  ])
})

test('messages of a prompt are treated alike, and what is no content stays as it is', () => {
  const prompt = { resultType: 'complete', messages: [{ role: 'user', content: LINK }, null] }
  const [first, second] = withKnownContent(prompt, '2025-03-26').messages as { content: { type: string } }[]
  assert.equal(first?.content.type, 'text')
  assert.equal(second, null)
  for (const odd of [{ content: 'x' }, { content: [null, 5, { type: 7 }, { type: 'constructor' }] }, {}])
    assert.deepEqual(withKnownContent({ resultType: 'complete', ...odd }, '2024-11-05'), {
      resultType: 'complete',
      ...odd,
    })
})
