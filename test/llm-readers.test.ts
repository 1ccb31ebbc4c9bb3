/** Clients of streams that read slowly, or not at all, and providers without an end, on real sockets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { type Appliance, startAppliance, until } from './support/appliance.ts'
import { failureOf } from './support/failure-of.ts'
import { processes } from './support/processes.ts'
import { LONG_WORDS, LUMP, type Provider, startProvider, WORDS } from './support/provider.ts'

let provider: Provider
let a: Appliance
let openai: OpenAI
const messages = [{ role: 'user' as const, content: 'What colour is the sky?' }]
/** What all that is unread may take: 16 MB of each stream, and several times that for its pieces and what is yet to be freed. */
const MOST_GROWTH_KB = 300 * 1024

before(async () => {
  provider = await startProvider()
  const names = ['sky', 'flooding', 'as-it-is-read', 'endless-line', 'long']
  a = await startAppliance({
    config: 'calls: {unreadSeconds: 2}\n',
    models: `providers:\n  fixture: {api_base_url: "${provider.url}"}\nmodels:\n${names.map((name) => `  ${name}: {provider: fixture}\n`).join('')}`,
  })
  openai = new OpenAI({ baseURL: `${a.origin}/v1`, apiKey: a.token, maxRetries: 0 })
})
after(async () => {
  await a?.stop()
  await provider?.[Symbol.asyncDispose]()
})

/** A connection that asked for a stream, and reads nothing of it until a test says so. */
function asking(model: string): Socket {
  const body = JSON.stringify({ model, messages, stream: true })
  const { hostname, port, host } = new URL(a.origin)
  const socket = connect(Number(port), hostname)
  socket.pause()
  socket.on('error', () => {})
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${a.token}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  return socket
}

/** The most memory that a process of this appliance had so far, in KB. */
function peakOf(program: string): number {
  const [pid] = processes(program).filter((one) =>
    readFileSync(`/proc/${one}/environ`, 'utf8').includes(a.state),
  )
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

const askSky = async () => {
  const { choices } = await openai.chat.completions.create({ model: 'sky', messages })
  assert.equal(choices[0]?.message.content, WORDS.join(''))
}

test('clients that do not read are given up within bounds, and the others are served meanwhile', async () => {
  await askSky()
  const before = peakOf('gateway.mjs')
  const asked = provider.asked.length
  const silent = Array.from({ length: 3 }, () => asking('flooding'))
  await until('all are answered', () => provider.asked.length === asked + silent.length)
  const floods = provider.asked.slice(asked)
  await askSky()
  assert.deepEqual(await Promise.all(floods.map(({ abandoned }) => abandoned)), [true, true, true])
  await askSky()
  const growth = peakOf('gateway.mjs') - before
  assert.ok(growth < MOST_GROWTH_KB, `the gateway grew by ${growth} KB`)
  const ended = () => a.log().split('"outcome":"cancelled"').length - 1
  await until('their calls end as those of clients that have gone', () => ended() >= silent.length)
  assert.equal(ended(), silent.length)
  for (const socket of silent) socket.destroy()
})

test('a client that reads slowly gets every piece', async () => {
  const socket = asking('long')
  let text = ''
  // A little at a time, and never before the last was looked at.
  while (!text.includes('[DONE]')) {
    const some = socket.read(1000) ?? socket.read()
    if (some !== null) text += String(some)
    else if (socket.readableEnded || socket.destroyed) break
    await new Promise((next) => setImmediate(next))
  }
  const said = [...text.matchAll(/"content":" (\d+)"/g)].map(([, word]) => Number(word))
  assert.deepEqual(
    said,
    Array.from({ length: LONG_WORDS }, (_, i) => i),
  )
  socket.destroy()
})

test('an answer without an end is stopped, though its client reads it all', async () => {
  let characters = 0
  const read = async () => {
    const request = { model: 'as-it-is-read', messages, stream: true } as const
    for await (const { choices } of await openai.chat.completions.create(request)) {
      const lumps = Math.floor(characters / LUMP)
      characters += choices[0]?.delta.content?.length ?? 0
      for (let i = lumps; i < Math.floor(characters / LUMP); i++) provider.asked.at(-1)?.goOn()
    }
  }
  const error = await failureOf(read())
  assert.match(error.message, /answer without an end/)
  assert.ok(characters > 100 * LUMP)
  assert.equal(await provider.asked.at(-1)?.abandoned, true)
})

test('lines without an end, several at once, are stopped within bounds, and what came before them is given', async () => {
  await askSky()
  const before = peakOf('llm-remote.cjs')
  const read = async () => {
    let said = ''
    const request = { model: 'endless-line', messages, stream: true } as const
    const error = await failureOf(
      (async () => {
        for await (const { choices } of await openai.chat.completions.create(request))
          said += choices[0]?.delta.content ?? ''
      })(),
    )
    assert.match(error.message, /"fixture" sends .* longer than 16777216 bytes, and was stopped/)
    return said
  }
  const asked = provider.asked.length
  assert.deepEqual(await Promise.all([read(), read(), read()]), ['The', 'The', 'The'])
  await Promise.all(provider.asked.slice(asked).map(({ abandoned }) => abandoned))
  await askSky()
  const growth = peakOf('llm-remote.cjs') - before
  assert.ok(growth < MOST_GROWTH_KB, `llm-remote grew by ${growth} KB`)
})
