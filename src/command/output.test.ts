import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { Context } from './command.ts'
import { inLine, jsonText, patiently, visible, writeTable } from './output.ts'

test('what could steer a terminal or turn a text around is made visible', () => {
  assert.equal(visible('a\u001b[2J\u009b\u202eb\n\tc'), 'a\uFFFD[2J\uFFFD\uFFFDb\n\tc')
  assert.equal(inLine('a\nfile 7\tb'), 'a\uFFFDfile 7\uFFFDb')
})

test('JSON says the same when it is shown, and steers no terminal', () => {
  const value = { 'key\u001b[2J': ['\u009b2J', '\u202eabc\u2066', '\u007f', 'Grüße', '🙂'] }
  const text = jsonText(value, 2)
  assert.doesNotMatch(text, /[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/u)
  assert.deepEqual(JSON.parse(text), value)
})

const printed = (isTTY: boolean, env: NodeJS.ProcessEnv, ...rows: string[][]): string => {
  const stdout = Object.assign(new PassThrough(), { isTTY })
  writeTable({ stdout, env }, ['NAME', 'SIZE', ''], rows, (line, row) => `${row}:${line}`)
  return String(stdout.read())
}

test('a table has each row in one line, below heads that are bold on a terminal alone', () => {
  const rows = [
    ['a\u001b[2J\nb', '1', ''],
    ['long name', '', 'x'],
  ]
  const plain = 'NAME       SIZE\n0:a\uFFFD[2J\uFFFDb    1\n1:long name        x\n'
  assert.equal(printed(false, {}, ...rows), plain)
  assert.equal(printed(true, { NO_COLOR: '1' }, ...rows), plain)
  assert.equal(printed(true, {}, ...rows), plain.replace('NAME       SIZE', '\u001b[1m$&\u001b[22m'))
  assert.equal(printed(false, {}), 'NAME  SIZE\n')
})

test('how long something takes is shown, but never over a question', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const stderr = Object.assign(new PassThrough(), { isTTY: true })
  let asking = true
  const context = { io: { stderr }, isAsking: () => asking } as unknown as Context
  const work = Promise.withResolvers<void>()
  const done = patiently(context, () => 'a\nlabel', work.promise)
  t.mock.timers.tick(1000)
  assert.equal(stderr.read(), null)
  asking = false
  t.mock.timers.tick(1000)
  assert.match(String(stderr.read()), /^\r.*a label \(\d+ s\)$/)
  work.resolve()
  await done
})
