import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeFileAtomic } from './write-file-atomic.ts'

const folder = mkdtempSync(join(tmpdir(), 'atomic-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a file is written with its folder and its mode, and replaces the one before', () => {
  const path = join(folder, 'new', 'file')
  const umask = process.umask(0o077)
  try {
    writeFileAtomic(path, 'one', 0o640)
    writeFileAtomic(path, Buffer.from('two'), 0o640)
  } finally {
    process.umask(umask)
  }
  assert.equal(readFileSync(path, 'utf8'), 'two')
  assert.equal(statSync(path).mode & 0o777, 0o640)
  assert.deepEqual(readdirSync(join(folder, 'new')), ['file'])
})

test('where it can not be moved in place, nothing of it is left', () => {
  const path = join(folder, 'taken')
  mkdirSync(join(path, 'inside'), { recursive: true })
  assert.throws(() => writeFileAtomic(path, 'text'), { code: 'EISDIR' })
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('taken')),
    ['taken'],
  )
})
