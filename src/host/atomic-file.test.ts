import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeFileAtomic } from './atomic-file.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

test('a file is created, then replaced, with the mode asked for and nothing beside it', async () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'file')
  await writeFileAtomic(path, 'old')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await writeFileAtomic(path, Buffer.from('new'), { mode: 0o666 })
  assert.equal(readFileSync(path, 'utf8'), 'new')
  assert.equal(statSync(path).mode & 0o777, 0o666)
  assert.deepEqual(readdirSync(folder.path), ['file'])
})

test('a reader that has the old file open keeps the old content', async () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'file')
  writeFileSync(path, 'old')
  const before = statSync(path).ino
  await writeFileAtomic(path, 'new')
  assert.notEqual(statSync(path).ino, before)
})

test('a failed write leaves nothing behind', async () => {
  using folder = temporaryDirectory()
  const path = join(folder.path, 'taken')
  mkdirSync(path)
  writeFileSync(join(path, 'inside'), '')
  await assert.rejects(writeFileAtomic(path, 'new'))
  assert.deepEqual(readdirSync(folder.path), ['taken'])
  await assert.rejects(writeFileAtomic(join(folder.path, 'no', 'file'), 'new'), { code: 'ENOENT' })
})
