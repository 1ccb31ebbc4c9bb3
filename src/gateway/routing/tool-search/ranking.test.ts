import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Tool } from '../../../protocol/mcp.ts'
import { buildIndex } from './ranking.ts'

const tool = (name: string, description: string, ...parameters: string[]): Tool => ({
  name,
  description,
  inputSchema: { type: 'object', properties: Object.fromEntries(parameters.map((key) => [key, {}])) },
})

const TOOLS = [
  tool('fs_read_text_file', 'Reads a text file.', 'path', 'head'),
  tool('fs_write_file', 'Creates or replaces a file.', 'path', 'content'),
  tool('fs_list_directory', 'Lists what is in a folder.', 'path'),
  tool('time_convert_time', 'Converts a time from one time zone to another.', 'source_timezone'),
  tool('mail_send_email', 'Sends a message to somebody.', 'to', 'subject', 'body'),
  tool('calendar_listEvents', 'Shows appointments of a day.', 'day'),
]
const found = (query: string) =>
  buildIndex(TOOLS)
    .search(query)
    .map(({ name }) => name)

const QUERIES: [query: string, best: string][] = [
  ['read file', 'fs_read_text_file'],
  ['reading files', 'fs_read_text_file'],
  ['folder', 'fs_list_directory'],
  ['convert time zone', 'time_convert_time'],
  ['send an email', 'mail_send_email'],
  ['emial', 'mail_send_email'],
  ['subject', 'mail_send_email'],
  ['events', 'calendar_listEvents'],
  ['appoint', 'calendar_listEvents'],
  ['WRITE', 'fs_write_file'],
]
for (const [query, best] of QUERIES)
  test(`"${query}" finds ${best} first`, () => assert.equal(found(query)[0], best))

test('words that say nothing, or that no tool has, find nothing', () => {
  for (const query of ['', 'the of a', 'zzzzzzzz', '!!', '💥']) assert.deepEqual(found(query), [], query)
})

test('any query finds each tool at most once, and an index of nothing finds nothing', () => {
  const index = buildIndex(TOOLS)
  const none = buildIndex([])
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (query) => {
      const names = index.search(query).map(({ name }) => name)
      assert.equal(new Set(names).size, names.length)
      assert.deepEqual(none.search(query), [])
    }),
  )
})
