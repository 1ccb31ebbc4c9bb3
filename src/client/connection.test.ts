import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MAX_MESSAGE_BYTES } from '../protocol/limits.ts'
import { META } from '../protocol/mcp.ts'
import { AnswerTooLong, Connection, ConnectionLost } from './connection.ts'

const attach = { _meta: { [META.attach]: true } }

/** A connection that takes 1000 bytes, to a peer that answers "say" with so many bytes, of which it may claim more. */
function connected() {
  const [near, far] = duplexPair()
  const connection = new Connection(near, {
    clientInfo: { name: 'test', version: '0' },
    maxBytes: 1000,
  })
  far.on('data', (chunk: Buffer) => {
    for (const line of String(chunk).trim().split('\n')) {
      const { id, method, params } = JSON.parse(line)
      const { sent = 0, claimed = sent } = method === 'say' ? params : {}
      const _meta = claimed > 0 ? { [META.attached]: claimed } : {}
      far.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta } })}\n`)
      // Lines that would be messages.
      far.write(Buffer.alloc(sent, '{}\n'))
    }
  })
  return connection
}

test('bytes beside an answer that are too many fail that request, and no other', async () => {
  const connection = connected()
  const small = connection.request('say', { sent: 1000, ...attach })
  const large = connection.request('say', { sent: 100_001, ...attach })
  const next = connection.request('other')
  assert.equal((await small)._meta?.[META.attached], 1000)
  await assert.rejects(large, AnswerTooLong)
  assert.equal((await next).resultType, 'complete')
  assert.ok(connection.isOpen)
  connection.close()
})

test('a peer that claims more bytes than any message has is given up', async () => {
  const connection = connected()
  await assert.rejects(
    connection.request('say', { claimed: MAX_MESSAGE_BYTES + 1, ...attach }),
    ConnectionLost,
  )
  assert.ok(!connection.isOpen)
})

test('what is given up while the peer reads nothing is never sent, and holds nothing', async () => {
  const [near, far] = duplexPair()
  const connection = new Connection(near, { clientInfo: { name: 'test', version: '0' }, pieces: true })
  const gone = new AbortController()
  const given = { signal: gone.signal }
  const text = 'x'.repeat(10_000)
  const asked: Promise<unknown>[] = []
  // One turn's, so that some have gone, and then more than any peer is to find.
  for (let i = 0; i < 50; i++) asked.push(connection.request('say', { text }, given))
  await setImmediate()
  for (let i = 0; i < 2000; i++) asked.push(connection.request('say', { text }, given))
  asked.push(connection.request('say', { text: 'x'.repeat(200_000) }, given))
  const last = connection.request('last')
  await setImmediate()
  assert.ok(near.writableLength < 1_000_000, `${near.writableLength}`)
  gone.abort(new Error('enough'))
  await assert.rejects(Promise.all(asked), /enough/)
  const methods: string[] = []
  far.on('data', (chunk: Buffer) => {
    for (const [, method = ''] of String(chunk).matchAll(/"method":"([^"]+)"/g)) methods.push(method)
    for (const [, id] of String(chunk).matchAll(/"id":(\d+),"method":"last"/g))
      far.write(`{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete"}}\n`)
  })
  await last
  const sent = methods.filter((method) => method === 'say').length
  assert.ok(sent > 0 && sent <= 50, `${sent}`)
  assert.equal(methods.filter((method) => method.endsWith('/cancelled')).length, sent)
  connection.close()
})
