import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inWords, rangesOf, whatIsRead, whyTooLong } from './parts.ts'

const MB = 1024 * 1024
const GB = 1024 * MB

describe('the parts of a file that are read', () => {
  test('are all of it up to 4 MB', () => {
    for (const size of [0, 1, 4 * MB]) {
      assert.deepEqual(rangesOf('text', size), [{ start: 0, end: size }])
      assert.equal(whatIsRead(size, rangesOf('text', size)), undefined)
    }
  })

  test('are the beginning and the end of a log of 2 GB, and this is said', () => {
    const size = 2.1 * GB
    const ranges = rangesOf('text', Math.round(size))
    assert.equal(ranges.length, 2)
    assert.equal(
      ranges.reduce((sum, { start, end }) => sum + end - start, 0),
      4 * MB,
    )
    assert.equal(
      whatIsRead(size, ranges),
      'Only the first 2 MB and the last 2 MB of its 2.1 GB are searched.',
    )
  })

  test('lie at even places, for encodings with two bytes a letter', () => {
    for (const { start } of rangesOf('unknown', 10 * MB + 1)) assert.equal(start % 2, 0)
  })

  test('are the beginning alone where the end means nothing without it', () => {
    assert.deepEqual(rangesOf('json', 10 * MB), [{ start: 0, end: 4 * MB }])
    assert.equal(
      whatIsRead(10 * MB, rangesOf('json', 10 * MB)),
      'Only the first 4 MB of its 10 MB are searched.',
    )
  })

  test('are none of a document that is too long to be read whole', () => {
    assert.deepEqual(rangesOf('docx', 32 * MB), [{ start: 0, end: 32 * MB }])
    assert.deepEqual(rangesOf('docx', 32 * MB + 1), [])
    assert.match(whyTooLong(50 * MB), /^It has 50 MB, and files of this format are read up to 32 MB\./)
  })

  test('sizes are said as people say them', () => {
    assert.deepEqual([0, 1023, 1536, 10 * MB, 1.25 * GB, 5000 * GB].map(inWords), [
      '0 bytes',
      '1023 bytes',
      '1.5 kB',
      '10 MB',
      '1.3 GB',
      '4.9 TB',
    ])
  })
})
