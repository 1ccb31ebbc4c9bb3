import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searchFindings } from './checks.ts'

const NOW = Date.parse('2026-11-28T12:00:00Z')
const STATUS = {
  folders: [{ path: '/notes', problem: undefined }],
  state: 'idle',
  problem: undefined,
  files: 3,
  waiting: 0,
  leftOut: 0,
  passages: 8,
  withoutMeaning: 0,
  model: 'the model that ships',
  formerModel: undefined,
  scans: [],
  problems: [],
  bytes: undefined,
  lookedAt: '2026-11-28T01:00:00.000Z',
}
const found = (more: object) =>
  searchFindings({ ...STATUS, ...more }, NOW).map(({ level, what }) => `${level}: ${what}`)

test('the doctor says what can be found, and how', () => {
  assert.deepEqual(found({}), [
    'ok: 3 files in 8 passages can be found by their words. All are found by their meaning too (the model that ships).',
  ])
  assert.match(found({ folders: [] }).join(), /^ok: nothing is indexed; "luca index add/)
})

test('the doctor says what OCR has read, and what to install for it', () => {
  const scans = ['2 pages without text may show some. They are not read.', 'Install tesseract-ocr.']
  assert.match(
    found({ scans }).join(),
    /ships\)\. 2 pages without text .* not read\. Install tesseract-ocr\.$/,
  )
})

test('the doctor warns of what keeps files from being found', () => {
  for (const [more, warning] of [
    [{ folders: [{ path: '/gone', problem: 'It is not there.' }] }, 'warn: /gone: It is not there.'],
    [{ state: 'paused', problem: 'The disk is full.' }, 'warn: The disk is full.'],
    [{ model: undefined }, 'warn: Files are found by their words alone.'],
    [
      { lookedAt: '2026-11-20T01:00:00.000Z' },
      'warn: Folders were looked through last at 2026-11-20T01:00:00.000Z.',
    ],
  ] as const)
    assert.deepEqual(found(more).slice(1), [warning])
})
