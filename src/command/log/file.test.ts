import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { LogFile, logFileIn, olderLogFileIn } from './file.ts'
import { logRecords } from './follow.ts'
import { fileLine, type LogRecord } from './record.ts'

const any = { last: Number.POSITIVE_INFINITY, fits: () => true }

async function withLog(body: (folder: string) => void | Promise<void>): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'log-'))
  try {
    await body(join(base, 'log'))
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

async function messages(records: AsyncIterable<LogRecord>): Promise<string[]> {
  const all: string[] = []
  for await (const { message } of records) all.push(message)
  return all
}

test('the log is for its owner alone, and goes on where it ended', () =>
  withLog(async (folder) => {
    for (const said of ['first', 'second']) {
      const file = new LogFile(folder)
      file.write(fileLine('u', said))
      file.close()
    }
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(logFileIn(folder)).mode & 0o777, 0o600)
    assert.deepEqual(await messages(logRecords(folder, any)), ['first', 'second'])
  }))

test('it is bounded: a full file becomes the older one, and only one of those is kept', () =>
  withLog(async (folder) => {
    const file = new LogFile(folder, 1000)
    for (let i = 0; i < 100; i++) file.write(fileLine('u', `line ${i}`))
    file.close()
    for (const path of [logFileIn(folder), olderLogFileIn(folder)]) assert.ok(statSync(path).size <= 1000)
    const kept = await messages(logRecords(folder, any))
    assert.ok(kept.length > 10)
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, i) => `line ${100 - kept.length + i}`),
    )
  }))

test('a full disk loses lines, and tells how many as soon as it can', () =>
  withLog(async (folder) => {
    mkdirSync(folder)
    symlinkSync('/dev/full', logFileIn(folder))
    const file = new LogFile(folder)
    for (const said of ['a', 'b', 'c']) file.write(fileLine('u', said))
    rmSync(logFileIn(folder))
    file.write(fileLine('u', 'd'))
    file.close()
    assert.match(readFileSync(logFileIn(folder), 'utf8'), /^.*3 lines were lost.*\n.*"d".*\n$/)
  }))

test('what follows is in the log though the file was deleted, moved away or emptied, or its folder deleted', () =>
  withLog(async (folder) => {
    const path = logFileIn(folder)
    const file = new LogFile(folder)
    for (const harm of [
      () => rmSync(path),
      () => renameSync(path, join(folder, 'kept')),
      () => truncateSync(path),
      () => rmSync(folder, { recursive: true }),
    ]) {
      file.write(fileLine('u', 'before'))
      harm()
      file.write(fileLine('u', 'after'))
      assert.deepEqual(await messages(logRecords(folder, any)), ['after'])
    }
    file.close()
  }))

test('a follower sees what comes after the file was deleted or emptied', () =>
  withLog(async (folder) => {
    const file = new LogFile(folder)
    const say = (text: string) => file.write(fileLine('u', text))
    say('first, and longer than what comes')
    const stop = new AbortController()
    const seen: string[] = []
    const then: Record<string, () => void> = {
      first: () => {
        truncateSync(logFileIn(folder))
        say('second')
      },
      second: () => {
        rmSync(logFileIn(folder))
        say('third')
      },
      third: () => stop.abort(),
    }
    for await (const { message } of logRecords(folder, { ...any, follow: stop.signal })) {
      seen.push(message)
      then[message.split(',')[0] as string]?.()
    }
    file.close()
    assert.deepEqual(seen, ['first, and longer than what comes', 'second', 'third'])
  }))

test('the last records are those asked for, from the older file too', () =>
  withLog(async (folder) => {
    const file = new LogFile(folder, 1000)
    for (let i = 0; i < 14; i++) file.write(fileLine(i % 2 ? 'odd' : 'even', `line ${i}`))
    file.close()
    const odd = { last: 6, fits: ({ unit }: LogRecord) => unit === 'odd' }
    assert.deepEqual(
      await messages(logRecords(folder, odd)),
      [3, 5, 7, 9, 11, 13].map((i) => `line ${i}`),
    )
    assert.deepEqual(await messages(logRecords(folder, { ...odd, last: 0 })), [])
  }))

test('a follower sees each line as it comes, when the file is replaced too, until it is ended', () =>
  withLog(async (folder) => {
    const file = new LogFile(folder, 2000)
    file.write(fileLine('u', 'line 0'))
    const stop = new AbortController()
    const seen: string[] = []
    for await (const { message } of logRecords(folder, { ...any, follow: stop.signal })) {
      seen.push(message)
      if (seen.length < 200) file.write(fileLine('u', `line ${seen.length}`))
      else stop.abort()
    }
    file.close()
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, i) => `line ${i}`),
    )
  }))
