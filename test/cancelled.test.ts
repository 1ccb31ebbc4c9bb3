/** What is cancelled is not answered: on each kind of connection that carries several requests, in both eras. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { type Appliance, FIXTURE_SERVER, ROOT, startAppliance, until } from './support/appliance.ts'
import { envelope, send } from './support/http.ts'

let a: Appliance
before(async () => {
  a = await startAppliance(FIXTURE_SERVER)
})
after(() => a?.stop())

interface Line {
  say(text: string): void
  close(): unknown
}
type Open = (heard: (text: string) => void) => Promise<Line>

/** Hears each line, or each event's data, of what comes in pieces. */
function lines(heard: (text: string) => void, pattern = /^(\{.*)$/): (chunk: unknown) => void {
  let rest = ''
  return (chunk) => {
    const all = (rest + chunk).split('\n')
    rest = all.pop() ?? ''
    for (const line of all) {
      const [, text] = pattern.exec(line) ?? []
      if (text !== undefined) heard(text)
    }
  }
}
const bearer = () => ({ authorization: `Bearer ${a.token}` })

const CONNECTIONS: Readonly<Record<string, Open>> = {
  async 'gateway.sock'(heard) {
    const socket = connect(a.socket).on('data', lines(heard))
    return { say: (text) => socket.write(`${text}\n`), close: () => socket.destroy() }
  },
  async 'a WebSocket'(heard) {
    const socket = new WebSocket(`${a.origin.replace('http', 'ws')}/ws`, { headers: bearer() })
    socket.on('message', (data) => heard(String(data)))
    await once(socket, 'open')
    return { say: (text) => socket.send(text), close: () => socket.terminate() }
  },
  async 'the bridge over stdio'(heard) {
    const env = { ...process.env, LLMBDO_STATE: a.state, LLMBDO_GATEWAY_UNIX_SOCKET_PATH: a.socket }
    const child: ChildProcess = spawn(join(ROOT, 'bin/luca'), ['stdio'], { env })
    child.stdout?.on('data', lines(heard))
    return { say: (text) => child.stdin?.write(`${text}\n`), close: () => child.stdin?.end() }
  },
  async '/sse'(heard) {
    const closing = new AbortController()
    const { body } = await fetch(`${a.origin}/sse`, { headers: bearer(), signal: closing.signal })
    const endpoint = Promise.withResolvers<string>()
    const hear = lines(
      (text) => (text.startsWith('/') ? endpoint.resolve(text) : heard(text)),
      /^data: (.*)$/,
    )
    const reading = (async () => {
      for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) hear(text)
    })()
    reading.catch(() => {}) // it ends with the connection
    const path = await endpoint.promise
    let sent: Promise<unknown> = Promise.resolve()
    const headers = { ...bearer(), 'content-type': 'application/json' }
    return {
      say(text) {
        sent = sent.then(() => send(`${a.origin}${path}`, { headers, body: text }))
      },
      close: () => closing.abort(),
    }
  },
}

const INITIALIZE = {
  id: 'i',
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
}
const cancelledCalls = () => a.log().split('"outcome":"cancelled"').length - 1

for (const [name, open] of Object.entries(CONNECTIONS))
  for (const era of ['an older revision', 'the current one'] as const)
    test(`a cancelled call is not answered over ${name}, in ${era}`, async () => {
      const heard: { id?: unknown; method?: string }[] = []
      const line = await open((text) => heard.push(JSON.parse(text)))
      const _meta = era === 'the current one' ? { _meta: envelope } : {}
      const say = (message: { method: string; id?: unknown; params?: object }) =>
        line.say(JSON.stringify({ jsonrpc: '2.0', ...message, params: { ...message.params, ..._meta } }))
      const call = (id: string) =>
        say({ id, method: 'tools/call', params: { name: 'fixture_test_reconnection', arguments: {} } })
      const cancel = (requestId: unknown) => say({ method: 'notifications/cancelled', params: { requestId } })
      const answered = (id: string) => until(`${id} is answered`, () => heard.some((one) => one.id === id))
      if (era === 'an older revision') {
        say(INITIALIZE)
        await answered('i')
        say({ method: 'notifications/initialized' })
      }
      const before = cancelledCalls()
      call('slow')
      say({ id: 'between', method: 'tools/list' })
      await answered('between')
      cancel('slow')
      await until('the call has ended', () => cancelledCalls() > before)
      // At once, and for what was never asked.
      call('hasty')
      for (const id of ['hasty', 'never', null]) cancel(id)
      say({ id: 'after', method: 'tools/list' })
      await answered('after')
      line.close()
      const answers = heard.flatMap(({ id }) => (id === undefined ? [] : [id])).filter((id) => id !== 'i')
      assert.deepEqual(answers, ['between', 'after'])
    })
