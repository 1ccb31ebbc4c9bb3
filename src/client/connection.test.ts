import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
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
