import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { ModelProvider } from '../../contracts/model-aliases.ts'
import { machineClock } from '../../host/clock.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import type { Chunk } from './exchange.ts'
import { ProviderFailure } from './failure.ts'
import { createProviders } from './providers.ts'

/** A provider that answers as a test says, asked by the real client. */
async function asking(answer: (res: ServerResponse) => void) {
  const closed: Promise<unknown>[] = []
  const server = createServer((_, res) => {
    closed.push(once(res, 'close'))
    answer(res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const provider = { name: 'p', baseUrl, secret: 'p', timeoutMs: 30_000, retries: 0 } as ModelProvider
  const providers = createProviders({
    aliases: () => Promise.reject(new Error('not asked for')),
    keyOf: async () => undefined,
    clock: machineClock,
  })
  const target = { provider, modelName: 'm' }
  const { signal } = new AbortController()
  return {
    ask: () => providers.ask(target, '/chat/completions', {}, signal),
    async stream() {
      const pieces: Chunk[] = []
      await providers.stream(target, '/chat/completions', {}, signal, (piece) => void pieces.push(piece))
      return pieces
    },
    /** All answers have ended, or were given up. */
    ended: () => Promise.all(closed),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Sends a text again and again, as fast as it is read, until it is no longer read. */
function forever(res: ServerResponse, text: string): void {
  const more = () => {
    while (!res.destroyed && res.write(text));
  }
  res.on('drain', more)
  more()
}
const events = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'text/event-stream' })
const json = (res: ServerResponse, status = 200) =>
  res.writeHead(status, { 'content-type': 'application/json' })
const LONG = 'x'.repeat(64 * 1024)
const tooLong = (error: unknown) => {
  assert.ok(error instanceof ProviderFailure)
  assert.equal(error.code, 'broken_answer')
  assert.match(error.message, /"p" sends .* longer than 16777216 bytes, and was stopped/)
  return true
}

for (const [what, begin, part] of [
  ['a line without an end', 'data: {"choices": "', LONG],
  ['lines without an event', '', `data: ${LONG}\n`],
  ['comments without an event', '', `: ${LONG}\n\n`],
  ['ends of lines that are none for the client', 'data: 1', `\n\u2028${LONG}`],
] as const)
  test(`${what} is stopped within a bound`, { timeout: 30_000 }, async () => {
    await using provider = await asking((res) => {
      events(res).write(begin)
      forever(res, part)
    })
    await assert.rejects(provider.stream(), tooLong)
    await provider.ended()
  })

test('an answer in one piece without an end is stopped within a bound', { timeout: 30_000 }, async () => {
  await using provider = await asking((res) => {
    json(res).write('{"a": "')
    forever(res, LONG)
  })
  await assert.rejects(provider.ask(), tooLong)
  await provider.ended()
})

test('an answer that is small only until it is unpacked is stopped too', { timeout: 30_000 }, async () => {
  const packed = gzipSync(`"${' '.repeat(4 * MAX_MESSAGE_BYTES)}"`)
  await using provider = await asking((res) =>
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(packed),
  )
  await assert.rejects(provider.ask(), tooLong)
})

test('an error without an end is reported as the error that it is', { timeout: 30_000 }, async () => {
  await using provider = await asking((res) => {
    json(res, 400).write('{"error": "')
    forever(res, LONG)
  })
  for (const work of [provider.ask, provider.stream])
    await assert.rejects(work(), { code: 'invalid_request', message: /refuses the request/ })
  await provider.ended()
})

test('many pieces may come to more than one may be, and a long one comes whole', async () => {
  const content = 'x'.repeat(MAX_MESSAGE_BYTES / 4)
  const piece = JSON.stringify({ choices: [{ index: 0, delta: { content } }] })
  const last = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  await using provider = await asking((res) => {
    events(res)
    for (let i = 0; i < 6; i++) res.write(`data: ${piece}\n\n`)
    res.end(`data: ${last}\n\ndata: [DONE]\n\n`)
  })
  const pieces = await provider.stream()
  assert.equal(pieces.length, 7)
  for (const one of pieces.slice(0, 6)) assert.equal(JSON.stringify(one), piece)
})
