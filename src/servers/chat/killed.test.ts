/**
 * The process of the server is killed at random moments while it answers: what was acknowledged is there, an answer is as far as it was
 * kept, and says that it broke off. Nothing is asked twice.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '../../client/connect.ts'
import type { Connection } from '../../client/connection.ts'
import { Activator } from '../../framework/testing/activator.ts'
import { FakeGateway } from '../../framework/testing/fake-gateway.ts'
import { until } from '../../framework/testing/until.ts'
import { temporaryDirectory } from '../../host/testing/temporary-directory.ts'
import { META, METHOD, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import { isRecord, wholeIn } from '../../protocol/values.ts'
import type { Read } from './testing/conversing.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const KILLS = wholeIn(process.env.KILLS, 1) ?? 50
const PIECES = Array.from({ length: 30 }, (_, n) => `piece ${n} `)
/** The latest moment of a kill, in milliseconds: answers take about so long. */
const LATEST_MS = 500

async function* model(question: string): AsyncGenerator<string> {
  yield `${question}: `
  for (const piece of PIECES) {
    await delay(10)
    yield piece
  }
}

test(`${KILLS} kills at random moments`, { timeout: 60_000 + KILLS * 10_000 }, async () => {
  using folder = temporaryDirectory()
  const socket = `${folder.path}/chat.sock`
  await using activator = new Activator(
    socket,
    { STATE_DIRECTORY: folder.path, CONFIGURATION_DIRECTORY: folder.path, LLMBDO_INSTANCE: 'ada' },
    MAIN,
  )
  await activator.ready()
  const askedOf = new Map<string, number>()
  const gateway = new FakeGateway({
    chat({ messages }) {
      const question = String(messages.at(-1)?.content)
      askedOf.set(question, (askedOf.get(question) ?? 0) + 1)
      return model(question)
    },
    count: () => ({ tokens: 10, context: 100_000 }),
  })
  let connection: Promise<Connection> | undefined
  const request = async (
    method: string,
    params: Record<string, unknown>,
    onPart?: (data: unknown) => void,
  ) => {
    connection ??= connect(socket, { clientInfo: { name: 'test', version: '1' } })
    return await (await connection).request(method, params, {
      peerRequests: gateway,
      onNotification: (name, { data }) => name === NOTIFICATION.message && onPart?.(data),
    })
  }
  const call = async (name: string, args: object, onPart?: (data: unknown) => void): Promise<unknown> => {
    const _meta = onPart && { [META.logLevel]: 'debug' }
    const { structuredContent } = await request(
      METHOD.callTool,
      { name, arguments: args, ...(_meta && { _meta }) },
      onPart,
    )
    return structuredContent
  }
  const wake = (key: string): Promise<Result> => request(METHOD.woken, { key, due: 0, late: false, tries: 0 })
  /** Wakes it for what it has asked for, as the gateway does until it has an answer. */
  const wakeAll = async () => {
    const { entries } = gateway.wakeList
    for (const [key, entry] of [...entries])
      await wake(key).then(
        // One that the server has made anew stays.
        () => entries.get(key) === entry && entries.delete(key),
        () => {},
      )
  }
  const { conversation } = (await (async () => {
    const first = call('send', { text: 'question 0' })
    await until('it is on the list', () => gateway.wakeList.entries.size === 1)
    await wakeAll()
    return first
  })()) as { conversation: string }
  const acknowledged = new Set<number>()
  for (let n = 1; n <= KILLS; n++) {
    const ended = activator.ended.length
    const note = (data: unknown) => {
      if (isRecord(data) && typeof data.message === 'number') acknowledged.add(data.message)
    }
    const sent = call('send', { text: `question ${n}`, conversation }, note).catch(() => {})
    const woken = until('it is on the list', () => gateway.wakeList.entries.size > 0).then(wakeAll)
    await Promise.race([delay(Math.random() * LATEST_MS), sent])
    activator.signal('SIGKILL')
    await until('it is killed', () => activator.ended.length > ended)
    connection = undefined
    await Promise.all([sent, Promise.race([woken.catch(() => {}), delay(100)])])
    await wakeAll()
  }
  const all: Read['messages'] = []
  for (let before: number | undefined; ; ) {
    const page = (await call('get_conversation', { conversation, limit: 200, before })) as Read
    all.unshift(...page.messages)
    before = page.older
    if (before === undefined) break
  }
  assert.deepEqual(
    [...acknowledged].filter((id) => !all.some((message) => message.id === id)),
    [],
  )
  for (const [n, { id, role, text, state, why = '' }] of all.entries()) {
    assert.equal(role, n % 2 === 0 ? 'user' : 'assistant')
    if (role === 'user') continue
    const whole = `${all[n - 1]?.text}: ${PIECES.join('')}`
    assert.ok(whole.startsWith(text), text)
    if (state === 'whole') assert.equal(text, whole)
    else if (acknowledged.has(id)) {
      assert.equal(state, 'broken_off')
      assert.match(why, /The server ended while this was written\./)
    } else assert.ok(state === 'waiting' || state === 'broken_off', state)
  }
  assert.ok(all.some(({ state }) => state === 'broken_off'))
  for (const [question, times] of askedOf) assert.equal(times, 1, question)
})
