import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { History, looksSecret, MAX_LINES } from './history.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'luca-history-'))
  path = join(folder, 'state', 'history')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const SECRET = [
  'call x {"password": "hunter2"}',
  'mcp.x.login {"api_key":"abc"}',
  'x --token abc',
  'x lb_Zm9vYmFyYmF6',
  'x sk-abcdef123456',
  'x "Authorization: Bearer abc"',
  'x https://me:pass@host/',
  'x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
]
for (const line of SECRET) test(`${line} is not kept`, () => assert.ok(looksSecret(line)))

const HARMLESS = [
  'ls /',
  'token list',
  'token create laptop --expires 30d',
  'cat /a-rather-long-name-of-a-file-in-a-folder/that-has-a-long-name-too.txt',
  'mcp.fs.read ["/2026/report-1.txt", "text"]',
  'cat /docs/how-tokens-work.md',
]
for (const line of HARMLESS) test(`${line} is kept`, () => assert.ok(!looksSecret(line)))

test('what is there in place of the history, and is no file that can be read, stays as it is', () => {
  mkdirSync(join(folder, 'state'))
  for (const make of [
    () => symlinkSync('/dev/null', path),
    () => execFileSync('mkfifo', [path]),
    () => writeFileSync(path, 'x'.repeat(16 * 1024 * 1024 + 1)),
  ]) {
    make()
    const before = lstatSync(path)
    const history = new History(path)
    assert.deepEqual(history.lines, [])
    history.add('ls')
    history.save()
    const { ino, size, mtimeMs } = lstatSync(path)
    assert.deepEqual([ino, size, mtimeMs], [before.ino, before.size, before.mtimeMs])
    rmSync(path)
  }
})

test('what was typed is there the next time, for its owner alone', () => {
  const history = new History(path)
  for (const line of ['ls', 'pwd', 'pwd', ' hidden', '', 'x lb_Zm9vYmFyYmF6']) history.add(line)
  history.save()
  assert.equal(readFileSync(path, 'utf8'), 'ls\npwd\n')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(new History(path).lines, ['ls', 'pwd'])
})

test('a file that others could read is theirs no more once it is written anew', () => {
  writeFileSync(join(folder, 'history'), 'ls\n', { mode: 0o644 })
  const history = new History(join(folder, 'history'))
  history.add('pwd')
  history.save()
  assert.equal(statSync(join(folder, 'history')).mode & 0o777, 0o600)
})

test('what was typed in two shells at once is kept of both', () => {
  const [one, other] = [new History(path), new History(path)]
  one.add('ls')
  other.add('pwd')
  one.save()
  other.save()
  one.save()
  assert.equal(readFileSync(path, 'utf8'), 'ls\npwd\n')
})

test('the oldest lines go when there are too many', () => {
  const history = new History(path)
  for (let i = 0; i < MAX_LINES + 5; i++) history.add(`ls ${i}`)
  assert.equal(history.lines.length, MAX_LINES)
  assert.equal(history.lines[0], 'ls 5')
})
