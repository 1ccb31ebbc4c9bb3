import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../../framework/testing/until.ts'
import type { Call } from '../../protocol/define.ts'
import { Child } from './child.ts'
import { Sessions } from './sessions.ts'

const NAUGHTY = fileURLToPath(new URL('../../../test/naughty-server/main.mjs', import.meta.url))

const sessionsOf = (word: string, onStarted: (child: Child) => Promise<void> = async () => {}) =>
  new Sessions({
    spec: { command: process.execPath, args: [NAUGHTY, 'deaf', word], env: {} },
    cwd: tmpdir(),
    log: { info() {}, warn() {} },
    onStarted,
  })

/** What a call of a session is, as far as the children see it. */
const callOf = (session: string) =>
  ({
    ...{ caller: 'someone', session, clientCapabilities: {}, signal: new AbortController().signal },
    progress() {},
    log() {},
  }) as unknown as Call

const echo = (sessions: Sessions, session: string) =>
  sessions.run('echo', callOf(session), (child, call) =>
    child.client.callTool({ name: 'echo', arguments: {} }, Child.options(call)),
  )

const running = (word: string): string[] =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(word)
    } catch {
      return false
    }
  })

test('a session that comes back while its child is ending has a child of its own, which ends with the rest', async () => {
  const sessions = sessionsOf('comes-back')
  await echo(sessions, 's')
  const [first] = running('comes-back')
  sessions.ended('s')
  await echo(sessions, 's')
  assert.equal(running('comes-back').length, 2)
  // The first one needs a while to end, and takes nothing of the second with it.
  await until('the first has ended', () => !running('comes-back').includes(first as string))
  await echo(sessions, 's')
  assert.equal(running('comes-back').length, 1)
  await sessions.close()
  assert.deepEqual(running('comes-back'), [])
})

test('a child that can not be looked at is not used, and not left', async () => {
  const sessions = sessionsOf('not-looked-at', () => Promise.reject(new Error('It hides its tools.')))
  await assert.rejects(echo(sessions, 's'), /It hides its tools/)
  await sessions.close()
  assert.deepEqual(running('not-looked-at'), [])
})
