import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../../framework/testing/until.ts'
import type { ToolContext } from '../../protocol/define.ts'
import { Child } from './child.ts'
import { Sessions } from './sessions.ts'

const NAUGHTY = fileURLToPath(new URL('../../../test/naughty-server/main.mjs', import.meta.url))

/** `ways` are those of the naughty server; a deaf one takes two steps of two seconds to end. */
const sessionsOf = (
  word: string,
  ways: string[] = [],
  onStarted: (child: Child) => Promise<void> = async () => {},
  takenWithinMs = 10_000,
) =>
  new Sessions({
    takenWithinMs,
    spec: { command: process.execPath, args: [NAUGHTY, ...ways, word], env: {} },
    server: 'naughty',
    cwd: tmpdir(),
    log: { info() {}, warn() {} },
    onStarted,
  })

/** What a call of a session is, as far as the children see it. */
const callOf = (session: string) =>
  ({
    caller: 'someone',
    session,
    clientCapabilities: {},
    signal: new AbortController().signal,
    progress() {},
    log() {},
    drained: () => undefined,
  }) as unknown as ToolContext

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

test('a session that continues while its child is ending has a child of its own, which ends with the rest', async () => {
  const sessions = sessionsOf('comes-back', ['deaf'])
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

test('a caller that takes nothing of what a call tells has its child wait, and then fails alone', async () => {
  const sessions = sessionsOf('not-taken', [], undefined, 100)
  const call = callOf('s')
  let told = 0
  const stalled = { ...call, progress: () => void told++, drained: () => new Promise<void>(() => {}) }
  const never = sessions.run('slow', stalled, (child, lasting) =>
    child.client.callTool({ name: 'slow', arguments: {} }, Child.options(lasting)),
  )
  await until('it got something', () => told > 0)
  const beside = echo(sessions, 's')
  await assert.rejects(never, /does not take/)
  assert.ok((await beside).content)
  await sessions.close()
})

test('a child that can not be looked at is not used, and not left', async () => {
  const sessions = sessionsOf('not-looked-at', ['deaf'], () =>
    Promise.reject(new Error('It hides its tools.')),
  )
  await assert.rejects(echo(sessions, 's'), /It hides its tools/)
  await sessions.close()
  assert.deepEqual(running('not-looked-at'), [])
})

test('however a caller varies what its client can do, its share of children is not exceeded, and its own idlest ends', async () => {
  const sessions = sessionsOf('share')
  const as = (caller: string, session: string | undefined, clientCapabilities: object = {}) =>
    sessions.run(
      'echo',
      { ...callOf('x'), caller, session, clientCapabilities } as ToolContext,
      (child, call) => child.client.callTool({ name: 'echo', arguments: {} }, Child.options(call)),
    )
  await as('another', 'theirs')
  const [theirs] = running('share')
  // What makes no difference to a server makes no child.
  for (let i = 0; i < 20; i++)
    await as('greedy', undefined, { experimental: { i }, sampling: { [`x${i}`]: {} } })
  assert.equal(running('share').length, 2)
  for (let i = 0; i < 12; i++) await as('greedy', `s${i}`)
  await until('its share is what is left', () => running('share').length === 9)
  assert.ok(running('share').includes(theirs as string), 'no other lost a session')
  await as('another', 'theirs')
  assert.equal(running('share').filter((pid) => pid === theirs).length, 1)
  await sessions.close()
})

test('a caller whose share is at work gets an error with the name of the limit', async () => {
  const sessions = sessionsOf('busy')
  const stop = new AbortController()
  const slow = (session: string) =>
    sessions.run('slow', { ...callOf(session), signal: stop.signal } as ToolContext, (child, call) =>
      child.client.callTool({ name: 'slow', arguments: {} }, Child.options(call)),
    )
  const all = Array.from({ length: 8 }, (_, i) => slow(`b${i}`).catch(() => {}))
  await assert.rejects(slow('one more'), { data: { limit: 'childrenOfCaller', retryAfterMs: 10_000 } })
  stop.abort()
  await Promise.all(all)
  await sessions.close()
  assert.deepEqual(running('busy'), [])
})

test('one call may ask so many questions, and its server gets an error at the next one', async () => {
  const sessions = sessionsOf('nags')
  let asked = 0
  const call = {
    ...callOf('s'),
    clientCapabilities: { elicitation: { form: {} } },
    ask: (requests: object) => {
      asked++
      const answer = { action: 'accept', content: { name: 'x' } }
      return Promise.resolve(Object.fromEntries(Object.keys(requests).map((name) => [name, answer])))
    },
  }
  const result = await sessions.run('nag', call, (child, lasting) =>
    child.client.callTool({ name: 'nag', arguments: {} }, Child.options(lasting)),
  )
  assert.deepEqual(result.content, [
    { type: 'text', text: '16 answers, then: One call may ask 16 questions at most.' },
  ])
  assert.equal(asked, 16)
  assert.ok((await echo(sessions, 's')).content, 'its session goes on')
  await sessions.close()
})
